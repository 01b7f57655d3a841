// TestInvokeAuthorizer: a try of an authorizer without a request. What is checked before anybody is asked is checked
// here; then the function is asked, as a data plane would. User pools are not asked, and the answer says so.

import { newRequestId } from '../../base/ids.ts';
import { lambdaReference, parseAwsUri } from '../../exchange/aws-uri.ts';
import { withStageVariables } from '../../exchange/stage-variables.ts';
import { compileSelectionPattern } from '../../mapping/index.ts';
import type { Authorizer } from '../../resources/index.ts';
import { invokeFunction } from '../invoke-function.ts';
import { apiOf } from '../lookup.ts';
import { identitySourcesOf } from './authorizer-rules.ts';
import { authorizerOf } from './authorizers.ts';
import { acts, type Context, type Handlers } from './handler.ts';
import { type TestedRequest, testAuthorizerEvent, urlOf } from './test-authorizer-event.ts';
import { type AuthorizerOutcome, authorizerOutcome, misconfigured } from './test-authorizer-result.ts';

/** The gateway waits so long for the function of an authorizer. */
const timeoutMs = 29_000;

export const testInvokeAuthorizer = {
  TestInvokeAuthorizer: acts<'TestInvokeAuthorizer'>(async (input, context) => {
    const { store, account, now } = context;
    apiOf(store.view, input.restApiId, account);
    const authorizer = authorizerOf(store.view, input.restApiId, input.authorizerId);
    const startMs = Date.parse(now());
    const requestId = newRequestId();
    const { lines, ...answer } = await outcomeOf(authorizer, input, requestId, context);
    const log = [
      `Execution log for request ${requestId}`,
      ...[`Starting authorizer: ${authorizer.id} for request: ${requestId}`, ...lines].map(
        (line) => `${logTime(startMs)} : ${line}`,
      ),
      '',
    ];
    return { ...answer, log: log.join('\n'), latency: Date.parse(now()) - startMs };
  }),
} satisfies Partial<Handlers>;

/** In the order of the data plane: the identity first, then whoever knows more. */
async function outcomeOf(
  authorizer: Authorizer,
  input: TestedRequest,
  requestId: string,
  context: Context,
): Promise<AuthorizerOutcome> {
  const sources = identitySourcesOf(authorizer);
  const isFunction = authorizer.type === 'TOKEN' || authorizer.type === 'REQUEST';
  if (!isFunction && sources.length === 0) sources.push('method.request.header.Authorization');
  const needsAll = authorizer.type !== 'REQUEST' || authorizer.authorizerResultTtlInSeconds !== 0;
  const values = sources.map((source) => identityIn(input, source));
  const missing = sources.find((_, i) => !values[i]);
  if (needsAll && missing !== undefined)
    return unauthorized(`Unauthorized request: the identity source ${missing} is missing`);
  const { identityValidationExpression: expression } = authorizer;
  if (
    authorizer.type === 'TOKEN' &&
    expression !== undefined &&
    !compileSelectionPattern(expression)(values[0]!)
  )
    return unauthorized('Unauthorized request: the token does not match the identity validation expression');
  const incoming = `Incoming identity: ${hiddenText}`;
  if (!isFunction)
    return misconfigured('the token cannot be verified: this release asks no user pools and no issuers', [
      incoming,
    ]);
  const outcome = await asked(authorizer, input, { requestId, token: values[0] ?? '' }, context);
  return { ...outcome, lines: [incoming, ...outcome.lines] };
}

const hiddenText = '*'.repeat(8);

/** Asks the function. */
async function asked(
  authorizer: Authorizer,
  input: TestedRequest,
  request: { readonly requestId: string; readonly token: string },
  { account, functions, backends, now }: Context,
): Promise<AuthorizerOutcome> {
  const uri = parseAwsUri(withStageVariables(authorizer.authorizerUri ?? '', input.stageVariables ?? {}));
  const reference = typeof uri === 'string' ? null : lambdaReference(uri);
  if (typeof uri !== 'string' && uri.service === 'introspection')
    return misconfigured('the token is asked about by data planes alone: call a method on a stage');
  if (typeof uri === 'string' || reference === null)
    return misconfigured(`${authorizer.authorizerUri} names no function`);
  const { authorizerCredentials: role } = authorizer;
  if (role !== undefined && !backends.roles.some(({ roleArn }) => roleArn === role))
    return misconfigured(`the role ${role} is not known: add it to the roles of the configuration file`);
  const { partition, region, accountId } = account;
  const sourceArn = `arn:${partition}:execute-api:${region}:${accountId}:${input.restApiId}/authorizers/${authorizer.id}`;
  const event = testAuthorizerEvent(input, {
    ...request,
    authorizer,
    account,
    nowMs: Date.parse(now()),
  });
  const endpoint = `https://lambda.${uri.region || region}.amazonaws.com/${uri.rest.replace(/^\//, '')}`;
  const result = await invokeFunction(
    functions,
    {
      functionName: reference.functionName,
      qualifier: reference.qualifier,
      type: 'RequestResponse',
      payload: JSON.stringify(event),
      by:
        role === undefined
          ? { kind: 'service', service: 'apigateway.amazonaws.com', sourceArn, sourceAccount: accountId }
          : { kind: 'identity', arn: role },
      clientContext: null,
      traceId: null,
      wantsLogTail: false,
    },
    timeoutMs,
  );
  const outcome = authorizerOutcome(result);
  return {
    ...outcome,
    lines: [
      `Endpoint request URI: ${endpoint}`,
      `Endpoint request body after transformations: ${JSON.stringify(withoutSecrets(event))}`,
      `Sending request to ${endpoint}`,
      ...outcome.lines,
    ],
  };
}

/** Of the event, what a log may show. */
function withoutSecrets(event: object): object {
  const secret = new Set([
    ...['authorizationToken', 'headers', 'multiValueHeaders'],
    ...['queryStringParameters', 'multiValueQueryStringParameters', 'stageVariables'],
  ]);
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, secret.has(name) ? hiddenText : value]),
  );
}

const unauthorized = (line: string): AuthorizerOutcome => ({ clientStatus: 401, lines: [line] });

/** The value that a mapping expression has in the test's request. */
function identityIn(input: TestedRequest, source: string): string | undefined {
  const parts = source.split('.');
  const name = parts.at(-1)!;
  if (source.startsWith('method.request.header.')) return headerOf(input, parts.slice(3).join('.'));
  if (source.startsWith('method.request.querystring.')) {
    return urlOf(input).searchParams.get(parts.slice(3).join('.')) ?? undefined;
  }
  return source.startsWith('stageVariables.')
    ? input.stageVariables?.[name]
    : input.additionalContext?.[name];
}

function headerOf({ headers = {}, multiValueHeaders = {} }: TestedRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const isWanted = ([key]: readonly [string, unknown]) => key.toLowerCase() === wanted;
  return (
    Object.entries(headers).find(isWanted)?.[1] ??
    Object.entries(multiValueHeaders).find(isWanted)?.[1].at(-1)
  );
}

/** `Tue Jan 02 03:04:05 UTC 2024`, as Java prints a date. */
function logTime(ms: number): string {
  // `Tue, 02 Jan 2024 03:04:05 GMT`
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().split(/,? /);
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
