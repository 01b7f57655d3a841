// TestInvokeAuthorizer: a try of an authorizer without a request. What is checked before anybody is asked is checked
// here; nobody is asked, because this release calls neither Lambda functions nor user pools, and the answer says so.

import { newRequestId } from '../../base/ids.ts';
import { compileSelectionPattern } from '../../mapping/index.ts';
import type { Authorizer } from '../../resources/index.ts';
import { apiOf } from '../lookup.ts';
import type { Input } from '../protocol/operations.ts';
import { identitySourcesOf } from './authorizer-rules.ts';
import { authorizerOf } from './authorizers.ts';
import { type Handlers, reads } from './handler.ts';

type Invocation = Input<'TestInvokeAuthorizer'>;

export const testInvokeAuthorizer = {
  TestInvokeAuthorizer: reads<'TestInvokeAuthorizer'>((input, view, { account, now }) => {
    apiOf(view, input.restApiId, account);
    const authorizer = authorizerOf(view, input.restApiId, input.authorizerId);
    const startMs = Date.parse(now());
    const requestId = newRequestId();
    const { clientStatus, lines } = outcomeOf(authorizer, input);
    const log = [
      `Execution log for request ${requestId}`,
      ...[`Starting authorizer: ${authorizer.id} for request: ${requestId}`, ...lines].map(
        (line) => `${logTime(startMs)} : ${line}`,
      ),
      '',
    ];
    return { clientStatus, log: log.join('\n'), latency: Date.parse(now()) - startMs };
  }),
} satisfies Partial<Handlers>;

interface Outcome {
  /** What a client would be answered. */
  readonly clientStatus: number;
  readonly lines: readonly string[];
}

/** In the order of the data plane: the identity first, then whoever knows more. */
function outcomeOf(authorizer: Authorizer, input: Invocation): Outcome {
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
  const why = isFunction
    ? `the function of ${authorizer.authorizerUri} cannot be called: this release calls no Lambda functions`
    : 'the token cannot be verified: this release asks no user pools and no issuers';
  return {
    clientStatus: 500,
    lines: [
      `Incoming identity: ${'*'.repeat(8)}`,
      `Execution failed due to configuration error: ${why}`,
      'AuthorizerConfigurationException',
    ],
  };
}

const unauthorized = (line: string): Outcome => ({ clientStatus: 401, lines: [line] });

/** The value that a mapping expression has in the test's request. */
function identityIn(input: Invocation, source: string): string | undefined {
  const parts = source.split('.');
  const name = parts.at(-1)!;
  if (source.startsWith('method.request.header.')) return headerOf(input, parts.slice(3).join('.'));
  if (source.startsWith('method.request.querystring.')) {
    const { searchParams } = new URL(`http://test${pathOf(input)}`);
    return searchParams.get(parts.slice(3).join('.')) ?? undefined;
  }
  return source.startsWith('stageVariables.')
    ? input.stageVariables?.[name]
    : input.additionalContext?.[name];
}

function pathOf({ pathWithQueryString = '/' }: Invocation): string {
  const path = pathWithQueryString.startsWith('/') ? pathWithQueryString : `/${pathWithQueryString}`;
  return URL.canParse(`http://test${path}`) ? path : '/';
}

function headerOf({ headers = {}, multiValueHeaders = {} }: Invocation, name: string): string | undefined {
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
