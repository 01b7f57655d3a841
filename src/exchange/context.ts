// `$context`, in its two forms: one accessor per variable for mappings and logs, and a nested object for templates.

import {
  authorizationLog,
  authorizerAccessor,
  authorizerMap,
  identityReaders,
} from './authorization-context.ts';
import type { ClientCertificate } from './client-connection.ts';
import type { Exchange } from './exchange.ts';

/** Reads one `$context` variable; null when it has no value on this exchange. */
export type ContextAccessor = (exchange: Exchange) => string | null;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
let formattedSecond = -1;
let formattedTime = '';

/** `$context.requestTime`: `dd/MMM/yyyy:HH:mm:ss +0000`. Formatted once a second. @param epochMs - wall time */
export function requestTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== formattedSecond) {
    const d = new Date(second * 1000);
    formattedTime = `${two(d.getUTCDate())}/${months[d.getUTCMonth()]}/${d.getUTCFullYear()}:${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`;
    formattedSecond = second;
  }
  return formattedTime;
}

const latencyMs = (from: number, to: number): string => String(Math.max(0, Math.round((to - from) / 1e6)));

/** Milliseconds that the integration took, or null when it was not called or has not answered. */
export function integrationLatencyMs(exchange: Exchange): string | null {
  if (exchange.integrationStartedNs === 0 || exchange.integrationEndedNs === 0) return null;
  return latencyMs(exchange.integrationStartedNs, exchange.integrationEndedNs);
}

const integrationStatus: ContextAccessor = (x) =>
  x.integrationStatus === 0 ? null : String(x.integrationStatus);
/** What the function answered, under AWS_PROXY; else what the integration did. */
const functionStatus: ContextAccessor = (x) =>
  x.functionStatus === 0 ? integrationStatus(x) : String(x.functionStatus);
const integrationRequestId: ContextAccessor = (x) => x.integrationRequestId;

/** `BUFFERED` or `STREAMED`; null where no integration was called. */
function transferMode(x: Exchange): string | null {
  if (x.integrationStartedNs === 0) return null;
  return x.isStreamed ? 'STREAMED' : 'BUFFERED';
}

/** Since the integration was called; null before, and where the answer was not streamed. */
const sinceCall = (x: Exchange, atNs: number): string | null =>
  atNs === 0 ? null : latencyMs(x.integrationStartedNs, atNs);
const nothing: ContextAccessor = () => null;

/** `$context.identity.clientCert.NAME`: under a custom domain with mutual TLS alone. */
const ofCertificate =
  (read: (certificate: ClientCertificate) => string): ContextAccessor =>
  ({ downstream: { connection } }) =>
    connection === null || connection.certificate === null ? null : read(connection.certificate);

/**
 * Every variable of the reference's table (data plane, section 10) that this release can have a value for, but for
 * `authorizer.*`, whose names authorizers choose. Names without `$context.`.
 */
export const contextVariables: Readonly<Record<string, ContextAccessor>> = Object.freeze({
  __proto__: null as never,
  accountId: (x: Exchange) => x.route.accountId,
  apiId: (x: Exchange) => x.route.apiId,
  awsEndpointRequestId: integrationRequestId,
  deploymentId: (x: Exchange) => x.route.deploymentId,
  'customDomain.basePathMatched': (x: Exchange) => x.address.basePath,
  domainName: (x: Exchange) => x.address.domainName,
  domainPrefix: (x: Exchange) => firstLabel(x.address.domainName),
  endpointType: (x: Exchange) => x.route.endpointType,
  'error.message': (x: Exchange) => x.errorMessage,
  'error.messageString': (x: Exchange) => (x.errorMessage === null ? null : JSON.stringify(x.errorMessage)),
  'error.responseType': (x: Exchange) => x.errorType,
  'error.validationErrorString': (x: Exchange) => x.validationError,
  extendedRequestId: (x: Exchange) => x.extendedRequestId,
  httpMethod: (x: Exchange) => x.method,
  ...Object.fromEntries(Object.entries(identityReaders).map(([name, read]) => [`identity.${name}`, read])),
  'identity.clientCert.clientCertPem': ofCertificate((one) => one.clientCertPem),
  'identity.clientCert.issuerDN': ofCertificate((one) => one.issuerDN),
  'identity.clientCert.serialNumber': ofCertificate((one) => one.serialNumber),
  'identity.clientCert.subjectDN': ofCertificate((one) => one.subjectDN),
  'identity.clientCert.validity.notAfter': ofCertificate((one) => one.validity.notAfter),
  'identity.clientCert.validity.notBefore': ofCertificate((one) => one.validity.notBefore),
  'identity.sourceIp': (x: Exchange) => x.sourceIp(),
  'identity.userAgent': (x: Exchange) => x.header('user-agent'),
  'integration.error': (x: Exchange) => x.integrationError,
  'integration.integrationStatus': integrationStatus,
  'integration.latency': integrationLatencyMs,
  'integration.requestId': integrationRequestId,
  'integration.responseTransferMode': transferMode,
  'integration.status': functionStatus,
  'integration.timeToAllHeaders': (x: Exchange) => sinceCall(x, x.integrationHeadNs),
  'integration.timeToFirstContent': (x: Exchange) => sinceCall(x, x.integrationContentNs),
  integrationErrorMessage: (x: Exchange) => x.integrationError,
  integrationLatency: integrationLatencyMs,
  integrationStatus,
  isCanaryRequest: (x: Exchange) => (x.route.isCanary === null ? null : String(x.route.isCanary)),
  operationName: (x: Exchange) => x.route.operationName,
  path: (x: Exchange) => x.address.path,
  protocol: () => 'HTTP/1.1',
  requestId: (x: Exchange) => x.requestId,
  requestTime: (x: Exchange) => requestTime(x.startedMs),
  requestTimeEpoch: (x: Exchange) => String(x.startedMs),
  resourceId: (x: Exchange) => x.route.resourceId,
  resourcePath: (x: Exchange) => x.route.resourcePath,
  responseLatency: (x: Exchange) => (x.endedNs === 0 ? null : latencyMs(x.startedNs, x.endedNs)),
  responseLength: (x: Exchange) => String(x.responseBytes),
  stage: (x: Exchange) => x.route.stageName,
  status: (x: Exchange) => String(x.responseStatus),
  'waf.error': (x: Exchange) => x.firewall?.error ?? null,
  'waf.latency': (x: Exchange) => (x.firewall === null ? null : latencyMs(x.startedNs, x.firewall.endedNs)),
  'waf.status': (x: Exchange) => (x.firewall === null ? null : String(x.firewall.status)),
  wafResponseCode: (x: Exchange) => x.firewall?.responseCode ?? null,
  webaclArn: (x: Exchange) => x.firewall?.webAclArn ?? null,
  xrayTraceId: nothing,
});

/** The accessor of one variable; unknown names have no value, as on AWS. @param name - without `$context.` */
export function contextAccessor(name: string): ContextAccessor {
  if (name.startsWith('authorizer.')) return authorizerAccessor(name.slice('authorizer.'.length));
  return contextVariables[name] ?? nothing;
}

/** Variables that only the access log may read (reference, section 10, columns T and P). */
const logOnly: ReadonlySet<string> = new Set([
  'integration.error',
  'integration.integrationStatus',
  'integration.latency',
  'integration.requestId',
  'integration.responseTransferMode',
  'integration.status',
  'integration.timeToAllHeaders',
  'integration.timeToFirstContent',
  'integrationErrorMessage',
  'integrationLatency',
  'integrationStatus',
  'responseLatency',
  'responseLength',
  'status',
  'waf.error',
  'waf.latency',
  'waf.status',
  'xrayTraceId',
]);

/** The accessor of one variable for parameter mappings and gateway responses. @param name - without `$context.` */
export function mappingAccessor(name: string): ContextAccessor {
  return logOnly.has(name) ? nothing : contextAccessor(name);
}

/** The accessor of one variable for the access log. @param name - without `$context.` */
export function logAccessor(name: string): ContextAccessor {
  return name === 'requestId' ? loggedRequestId : (authorizationLog[name] ?? contextAccessor(name));
}

const loggedRequestId: ContextAccessor = (x) =>
  x.requestIdWasRefused ? 'UUID_REPLACED_INVALID_REQUEST_ID' : x.requestId;

function firstLabel(host: string): string {
  const dot = host.indexOf('.');
  return dot < 0 ? host : host.slice(0, dot);
}

/** In the order of AWS's own. */
const identityMembers = [
  'cognitoIdentityPoolId',
  'accountId',
  'cognitoIdentityId',
  'caller',
  'principalOrgId',
  'accessKey',
  'cognitoAuthenticationType',
  'cognitoAuthenticationProvider',
  'userArn',
  'user',
  'apiKey',
  'apiKeyId',
] as const;

const builders: Readonly<Record<string, (exchange: Exchange) => unknown>> = Object.freeze({
  __proto__: null as never,
  resourceId: (x: Exchange) => x.route.resourceId,
  authorizer: authorizerMap,
  resourcePath: (x: Exchange) => x.route.resourcePath,
  httpMethod: (x: Exchange) => x.method,
  extendedRequestId: (x: Exchange) => x.extendedRequestId,
  requestTime: (x: Exchange) => requestTime(x.startedMs),
  path: (x: Exchange) => x.address.path,
  accountId: (x: Exchange) => x.route.accountId,
  protocol: () => 'HTTP/1.1',
  requestOverride: (x: Exchange) => x.requestOverride ?? { header: {}, path: {}, querystring: {} },
  stage: (x: Exchange) => x.route.stageName,
  domainPrefix: (x: Exchange) => firstLabel(x.address.domainName),
  requestTimeEpoch: (x: Exchange) => x.startedMs,
  requestId: (x: Exchange) => x.requestId,
  identity: identityOf,
  domainName: (x: Exchange) => x.address.domainName,
  deploymentId: (x: Exchange) => x.route.deploymentId,
  responseOverride: (x: Exchange) => x.responseOverride ?? { header: {} },
  apiId: (x: Exchange) => x.route.apiId,
});

function identityOf(x: Exchange): Record<string, unknown> {
  const identity: Record<string, unknown> = {};
  for (const name of identityMembers) identity[name] = identityReaders[name]?.(x) ?? null;
  identity.sourceIp = x.sourceIp();
  identity.userAgent = x.header('user-agent');
  const certificate = x.downstream.connection?.certificate;
  if (certificate) identity.clientCert = certificate;
  return identity;
}

const allKeys = Object.keys(builders);

/**
 * `$context` as a template sees it. Key order as recorded from AWS.
 * @param keys - top-level members that the template names, or null for all of them
 */
export function templateContext(exchange: Exchange, keys: readonly string[] | null): Record<string, unknown> {
  const context: Record<string, unknown> = {};
  for (const key of keys ?? allKeys) {
    const value = builders[key]?.(exchange);
    // No authorizer: no such member.
    if (value !== undefined && value !== null) context[key] = value;
  }
  if (exchange.route.isCanary !== null && (keys === null || keys.includes('isCanaryRequest')))
    context.isCanaryRequest = String(exchange.route.isCanary);
  if (exchange.route.operationName !== null && (keys === null || keys.includes('operationName')))
    context.operationName = exchange.route.operationName;
  const { basePath } = exchange.address;
  if (basePath !== null && (keys === null || keys.includes('customDomain')))
    context.customDomain = { basePathMatched: basePath };
  // Not among the recorded keys of the whole map, but a variable that templates may name.
  if (keys?.includes('endpointType') === true) context.endpointType = exchange.route.endpointType;
  if (keys?.includes('awsEndpointRequestId') === true)
    context.awsEndpointRequestId = exchange.integrationRequestId;
  return context;
}
