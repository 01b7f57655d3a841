// What a request's log and `$context` are told of a web ACL, and what becomes of a request whose client has gone.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Downstream } from '../../src/exchange/downstream.ts';
import type { Exchange } from '../../src/exchange/exchange.ts';
import { judge, refuseUnevaluated } from '../../src/firewall/firewall.ts';
import { compileWebAcl } from '../../src/firewall/index.ts';
import type { WebAcl } from '../../src/resources/index.ts';
import { exchangeOf, free, phaseTools, references } from './exchange.ts';
import { bytes, rule, webAcl } from './support.ts';

const everything = bytes('/', { UriPath: {} });

/** @returns lines of the execution log, those of errors marked */
function logged(exchange: Exchange): string[] {
  const lines: string[] = [];
  exchange.log = {
    dataTrace: false,
    info: (line) => lines.push(line),
    error: (line) => lines.push(`ERROR ${line}`),
    fields: () => {},
  } as Exchange['log'];
  return lines;
}

const outcomeOf = (exchange: Exchange, acl: WebAcl) =>
  judge(exchange, compileWebAcl(acl, references, free), phaseTools);

test('firewall: a request that is blocked is told of in the execution log, one that is let on is not', async () => {
  const exchange = exchangeOf({});
  const lines = logged(exchange);
  await outcomeOf(exchange, webAcl([]));
  assert.deepEqual(lines, []);
  await outcomeOf(exchange, webAcl([rule('all', 0, everything)]));
  assert.deepEqual(lines, ['Request blocked by web ACL "edge"']);
});

test('firewall: an answer of a rule’s own is an answer of the type WAF_FILTERED to whoever asks', async () => {
  const custom = { Action: { Block: { CustomResponse: { ResponseCode: 429 } } } };
  const exchange = exchangeOf({});
  assert.equal(await outcomeOf(exchange, webAcl([rule('all', 0, everything, custom)])), 'answered');
  const { errorType, errorMessage, responseStatus, firewall } = exchange;
  assert.deepEqual(
    [errorType, errorMessage, responseStatus, firewall?.status],
    ['WAF_FILTERED', 'Forbidden', 429, 429],
  );
});

test('firewall: a request that could not be judged is told of with the reason', () => {
  const exchange = exchangeOf({});
  const lines = logged(exchange);
  refuseUnevaluated(exchange, 'arn:gone', ' (it is not there)', phaseTools);
  const why = 'There was an error evaluating the AWS WAF rules associated with this API';
  assert.deepEqual(lines, [
    'ERROR Web ACL "arn:gone" cannot be evaluated (it is not there): every request is refused',
  ]);
  assert.equal(exchange.errorMessage, why);
  const { webAclArn, responseCode, status, error } = exchange.firewall!;
  assert.deepEqual([webAclArn, responseCode, status, error], ['arn:gone', null, 500, why]);
});

test('firewall: a client that goes while its body is awaited is judged no further', async () => {
  const gone = { body: { collect: (done: (bytes: null) => void) => done(null) } } as unknown as Downstream;
  const exchange = exchangeOf({ method: 'POST', downstream: gone });
  const acl = webAcl([rule('body', 0, bytes('x', { Body: {} }))]);
  const compiled = compileWebAcl(acl, references, free);
  assert.equal(await judge(exchange, compiled, phaseTools), 'answered');
  assert.deepEqual([exchange.firewall, compiled.defaultCounts.counts()], [null, []]);
});
