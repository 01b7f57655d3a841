// What AWS checks at PutIntegration, in its words. Pure: the management API will ask the same questions.
// @see data-plane reference, sections 5, 7 and 12

import type { Integration } from '../../resources/index.ts';
import {
  integrationTimeoutMaxMs,
  integrationTimeoutMinMs,
  mappingTemplateBytesMax,
} from '../../resources/index.ts';

/** A problem of an integration, and the member that has it. */
export interface IntegrationProblem {
  readonly member: string;
  readonly message: string;
  readonly fix?: string;
}

const verbs = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'ANY'];
/** A streamed answer may take a quarter of an hour. */
const streamTimeoutMaxMs = 900_000;

/** Everything that AWS refuses in an integration itself, in its order (parameters and templates are checked apart). */
export function integrationProblems(integration: Integration): IntegrationProblem[] {
  const isHttp = integration.type === 'HTTP' || integration.type === 'HTTP_PROXY';
  const ofBackend =
    integration.type === 'MOCK'
      ? []
      : [...verbProblems(integration), ...(isHttp ? httpProblems(integration) : arnProblems(integration))];
  return [
    ...ofBackend,
    ...timeoutProblems(integration),
    ...stageVariableProblems(integration),
    ...transferProblems(integration),
  ];
}

function timeoutProblems({ timeoutInMillis, responseTransferMode }: Integration): IntegrationProblem[] {
  const max = responseTransferMode === 'STREAM' ? streamTimeoutMaxMs : integrationTimeoutMaxMs;
  const isRight =
    Number.isInteger(timeoutInMillis) && timeoutInMillis >= integrationTimeoutMinMs && timeoutInMillis <= max;
  if (isRight) return [];
  const message = `Timeout should be between ${integrationTimeoutMinMs} ms and ${max} ms`;
  return [{ member: 'timeoutInMillis', message }];
}

function transferProblems({ type, responseTransferMode }: Integration): IntegrationProblem[] {
  if (responseTransferMode !== 'STREAM' || type === 'HTTP_PROXY' || type === 'AWS_PROXY') return [];
  const message = 'Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations';
  return [{ member: 'responseTransferMode', message }];
}

function verbProblems({ type, httpMethod }: Integration): IntegrationProblem[] {
  if (httpMethod === undefined || httpMethod === '') {
    const fix = 'add httpMethod, the verb of the backend';
    return [{ member: 'httpMethod', message: 'Enumeration value for HttpMethod must be non-empty', fix }];
  }
  if (verbs.includes(httpMethod) && (httpMethod !== 'ANY' || type !== 'HTTP')) return [];
  const message =
    'Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY';
  const fix =
    httpMethod === 'ANY'
      ? "name the verb of the backend: HTTP cannot repeat the client's, HTTP_PROXY can"
      : undefined;
  return [{ member: 'httpMethod', message, ...(fix ? { fix } : {}) }];
}

const badEndpoint = 'Invalid HTTP endpoint specified for URI';

function httpProblems({ uri, connectionType, connectionId }: Integration): IntegrationProblem[] {
  const problems: IntegrationProblem[] = [];
  const why = httpUriProblem(uri ?? '');
  if (why !== undefined) problems.push({ member: 'uri', message: badEndpoint, fix: why });
  if (connectionType === 'VPC_LINK' && (connectionId ?? '') === '') {
    problems.push({ member: 'connectionId', message: 'Invalid Vpc Link identifier specified' });
  }
  return problems;
}

// Stage variables and {placeholders} may stand anywhere in the URI, also in its port; what they will be is not
// known yet, so they are replaced by something harmless. Braces end the search for braces: one look at each character.
function httpUriProblem(uri: string): string | undefined {
  const filled = uri.replace(/\$\{[^{}]*\}/g, 'x').replace(/\{[^{}]*\}/g, 'x');
  const withVariableScheme = uri.startsWith('${') && !/^\$\{[^}]*\}:\/\//.test(uri);
  if (withVariableScheme) return undefined;
  const found =
    /^(https?|x):\/\/(?:[^/?#@]*@)?(\[[0-9a-fA-F:.]+\]|[^/?#:]+)(?::([^/?#]*))?(?:[/?#].*)?$/i.exec(filled);
  if (found === null) return 'write an absolute http:// or https:// URL';
  if (/[\s<>"\\^`]/.test(filled)) return 'percent-encode spaces and special characters';
  const port = found[3];
  if (port === undefined || port.includes('x')) return undefined;
  const number = Number(port);
  const isAllowed = number === 80 || number === 443 || (number > 1024 && number < 65_536);
  return /^\d+$/.test(port) && isAllowed ? undefined : 'use port 80, 443 or one above 1024';
}

function arnProblems({ type, uri, credentials }: Integration): IntegrationProblem[] {
  const text = uri ?? '';
  if (text.startsWith('${')) return [];
  if (!/^arn:(?:[^:]*:){4}./is.test(text))
    return [{ member: 'uri', message: 'Invalid ARN specified in the request' }];
  const found =
    /^arn:[a-z-]+:apigateway:(?:[a-z0-9-]|\$?\{[^{}]*\})*:((?:[a-z0-9._-]|\$?\{[^{}]*\})+):((?:path|action)\/.*)$/is.exec(
      text,
    );
  // So it is told also of ARNs of other services: recorded of a role's.
  if (found === null) {
    return [{ member: 'uri', message: 'AWS ARN for integration must contain path or action' }];
  }
  const [service, action] = [found[1]!, found[2]!];
  const isLambda = service === 'lambda' && action.startsWith('path/');
  if (type === 'AWS_PROXY' && !isLambda && service !== 'firehose') {
    const message =
      "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.";
    return [{ member: 'uri', message }];
  }
  // A function can allow its call itself, other services need a role to be called as.
  if (type === 'AWS' && !isLambda && (credentials ?? '') === '') {
    const message = 'Role ARN must be specified for AWS integrations';
    return [{ member: 'credentials', message, fix: 'add credentials: the ARN of a role' }];
  }
  return [];
}

function stageVariableProblems(integration: Integration): IntegrationProblem[] {
  const problems: IntegrationProblem[] = [];
  for (const member of ['uri', 'credentials', 'connectionId'] as const) {
    for (const [reference] of (integration[member] ?? '').matchAll(/\$\{[^}]*\}?/g)) {
      if (/^\$\{stageVariables\.[A-Za-z0-9_]{1,64}\}$/.test(reference)) continue;
      const message = `Invalid stage variable reference specified: ${reference}`;
      problems.push({
        member,
        message,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
        fix: 'write ${stageVariables.NAME}; names are letters, digits and _',
      });
    }
  }
  return problems;
}

/** Problems of a map of mapping templates: content types and sizes. The key that has each problem comes first. */
export function templateProblems(templates: Readonly<Record<string, string>>): [string, string][] {
  const problems: [string, string][] = [];
  for (const [type, template] of Object.entries(templates)) {
    if (type !== '$default' && !/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(\s*;.*)?$/.test(type)) {
      problems.push([
        type,
        `Validation Result: warnings : [], errors : [Invalid content type specified: ${type}]`,
      ]);
    }
    if (Buffer.byteLength(template) > mappingTemplateBytesMax) {
      problems.push([type, `A mapping template can be at most ${mappingTemplateBytesMax} bytes`]);
    }
  }
  return problems;
}

/** `{name}` placeholders of an HTTP URI. */
export function placeholdersOf(uri: string): string[] {
  return [...uri.replace(/\$\{[^{}]*\}/g, '').matchAll(/\{([^{}]+)\}/g)].map((found) =>
    found[1]!.replace(/\+$/, ''),
  );
}
