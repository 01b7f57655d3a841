// Header fields that a request mapping or override may name in vain.

/** They may not be set at all: 500 at run time. Lower case. @see data-plane reference, sections 6.2 and 30 */
export const forbiddenTargets: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'x-amzn-trace-id',
  'x-amzn-apigateway-api-id',
]);

/** As {@link forbiddenTargets}, for integrations of type AWS and AWS_PROXY. */
export const forbiddenAwsTargets: ReadonlySet<string> = new Set([
  ...forbiddenTargets,
  'authorization',
  'connection',
  'expect',
  'proxy-authenticate',
  'te',
]);

/** They are silently not delivered to an HTTP backend. Lower case. @see observed behaviour, section 6 */
export const undeliveredTargets: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'proxy-authenticate',
  'te',
  'via',
]);
