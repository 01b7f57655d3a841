// The event that a proxy function gets: REST payload 1.0, written as text. What is the same for all requests of a
// method is text before the first one comes.

import { mediaTypeOf } from '../base/media-type.ts';
import { authorizerText } from '../exchange/authorization-context.ts';
import { requestTime } from '../exchange/context.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Route } from '../exchange/route.ts';
import { type EventField, fieldText, headerMaps } from './aws-proxy-fields.ts';
import { jsonText } from './json-text.ts';

/** Writes the event of one exchange. @param added - header fields that mappings add */
export type EventWriter = (exchange: Exchange, added: readonly EventField[]) => string;

const json = (value: unknown): string => JSON.stringify(value);
/** The stage of TestInvokeMethod, whose requests come through no front. */
const testStageName = 'test-invoke-stage';

/**
 * Compiles the event of one method. All keys are always there, in AWS's order, with null for what is absent.
 * @see data-plane reference, section 14; observed behaviour, section 9
 */
export function compileEvent(route: Route): EventWriter {
  const variables = Object.keys(route.stageVariables).length === 0 ? null : route.stageVariables;
  const hasFront = route.stageName !== testStageName;
  const beforePath = `{"resource":${json(route.resourcePath)},"path":`;
  const beforeContext = `,"stageVariables":${json(variables)},"requestContext":{"resourceId":${json(route.resourceId)}`;
  const beforeVerb = `,"resourcePath":${json(route.resourcePath)},"httpMethod":`;
  const beforeStage = `,"accountId":${json(route.accountId)},"protocol":"HTTP/1.1","stage":${json(route.stageName)},"domainPrefix":`;
  const afterDomain = `,"deploymentId":${json(route.deploymentId)},"apiId":${json(route.apiId)}${rareMembers(route)}`;
  const pathKeys = route.pathParameterNames.map((name, i) => `${i === 0 ? '{' : ','}${json(name)}:`);
  const domains = new DomainTexts();

  return (exchange, added) => {
    const verb = jsonText(exchange.method);
    const { address, startedMs } = exchange;
    const domain = domains.of(address.domainName);
    return (
      `${beforePath}${jsonText(pathOf(exchange))},"httpMethod":${verb},` +
      `${headerMaps(exchange, hasFront, added)},${queryMaps(exchange)},"pathParameters":` +
      `${pathMap(pathKeys, exchange.pathValues)}${beforeContext}${authorizerText(exchange)}${beforeVerb}${verb}` +
      `,"extendedRequestId":"${exchange.extendedRequestId}","requestTime":"${requestTime(startedMs)}","path":` +
      `${jsonText(address.path)}${beforeStage}${domain.prefix},"requestTimeEpoch":${startedMs}` +
      `,"requestId":"${exchange.requestId}",${identity(exchange)},"domainName":${domain.name}${afterDomain}` +
      `${customDomain(address.basePath)}},${body(exchange)}}`
    );
  };
}

/** Members of requestContext that only some APIs have. */
function rareMembers({ operationName, isCanary }: Route): string {
  const operation = operationName === null ? '' : `,"operationName":${json(operationName)}`;
  return operation + (isCanary === null ? '' : `,"isCanaryRequest":${isCanary}`);
}

function customDomain(basePath: string | null): string {
  return basePath === null ? '' : `,"customDomain":{"basePathMatched":${json(basePath)}}`;
}

/**
 * Without the stage, with the base path; never decoded. More than one slash at its beginning is one (observed
 * behaviour, section 7); others stay.
 */
function pathOf({ address }: Exchange): string {
  const { path } = address;
  let start = address.basePath === null ? address.resourceStart : 0;
  while (path.charCodeAt(start) === 47 && path.charCodeAt(start + 1) === 47) start++;
  return path.slice(start) || '/';
}

/** @param keys - `{"a":`, `,"b":` */
function pathMap(keys: readonly string[], values: readonly string[]): string {
  if (keys.length === 0 || values.length === 0) return 'null';
  let text = '';
  for (let i = 0; i < keys.length; i++) text += keys[i]! + jsonText(values[i] ?? '');
  return `${text}}`;
}

/** The last value of a name in the one map, all of them in the other; names in the order of their first values. */
function queryMaps(exchange: Exchange): string {
  if (exchange.queryString === '')
    return '"queryStringParameters":null,"multiValueQueryStringParameters":null';
  const { names, values } = exchange.query();
  const byName = new Map<string, { last: string; all: string }>();
  for (let i = 0; i < names.length; i++) {
    const text = jsonText(values[i]!);
    const found = byName.get(names[i]!);
    if (found === undefined) byName.set(names[i]!, { last: text, all: text });
    else {
      found.last = text;
      found.all += `,${text}`;
    }
  }
  let last = '';
  let all = '';
  for (const [name, found] of byName) {
    const key = `${last === '' ? '{' : ','}${jsonText(name)}:`;
    last += key + found.last;
    all += `${key}[${found.all}]`;
  }
  // `?&` holds no parameter.
  return last === ''
    ? '"queryStringParameters":null,"multiValueQueryStringParameters":null'
    : `"queryStringParameters":${last}},"multiValueQueryStringParameters":${all}}`;
}

/** Who asks, as far as the method asks for it. */
function identity(exchange: Exchange): string {
  const { authorization } = exchange;
  const [address, agent] = [jsonText(exchange.sourceIp()), fieldText(exchange, 'user-agent')];
  if (authorization === null) {
    return (
      '"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":' +
      `${address},"principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,` +
      `"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":${agent},"user":null${clientCert(exchange)}}`
    );
  }
  const { caller, apiKey, apiKeyId } = authorization;
  const userId = json(caller?.userId ?? null);
  return (
    `"identity":{"cognitoIdentityPoolId":null,"accountId":${json(caller?.accountId ?? null)},"cognitoIdentityId":null,` +
    `"caller":${userId},"sourceIp":${address},"principalOrgId":null,"accessKey":${json(caller?.accessKeyId ?? null)},` +
    `"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":${json(caller?.arn ?? null)},` +
    `"userAgent":${agent},"user":${userId}${apiKey === null ? '' : `,"apiKey":${json(apiKey)},"apiKeyId":${json(apiKeyId)}`}` +
    `${clientCert(exchange)}}`
  );
}

/** Under a custom domain with mutual TLS alone. */
function clientCert({ downstream: { connection } }: Exchange): string {
  if (connection === null || connection.certificate === null) return '';
  return `,"clientCert":${json(connection.certificate)}`;
}

/** @see data-plane reference, section 11.3 */
function body(exchange: Exchange): string {
  const bytes = exchange.requestBody;
  if (bytes === null) return '"body":null,"isBase64Encoded":false';
  if (exchange.route.isBinary(mediaTypeOf(exchange.header('content-type') ?? 'application/json'))) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return `"body":"${buffer.toString('base64')}","isBase64Encoded":true`;
  }
  return `"body":${json(exchange.bodyText())},"isBase64Encoded":false`;
}

/** The host of the last request: nearly all have the same. */
class DomainTexts {
  #domain = '';
  #texts = { name: '""', prefix: '""' };

  of(domain: string): { readonly name: string; readonly prefix: string } {
    if (domain !== this.#domain) {
      const dot = domain.indexOf('.');
      this.#domain = domain;
      this.#texts = { name: json(domain), prefix: json(dot < 0 ? domain : domain.slice(0, dot)) };
    }
    return this.#texts;
  }
}
