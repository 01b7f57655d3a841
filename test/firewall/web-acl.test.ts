// Web ACLs in front of a stage, over the wire: order, actions, labels, groups, and what is refused.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { api, mock } from '../support/api.ts';
import { identity, signed } from '../support/authorized.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { bytes, groupRule, ipSet, rule, ruleGroup, startGuarded, transformed, webAcl } from './support.ts';

const forbidden = '{"message":"Forbidden"}';
const uri = { UriPath: {} };
const query = { QueryString: {} };
const body = { Body: {} };
const everything = bytes('/', uri);
const label = (Key: string, Scope = 'LABEL') => ({ LabelMatchStatement: { Key, Scope } });
const count = { Action: { Count: {} } };
const allow = { Action: { Allow: {} } };

test('firewall: what a rule blocks is answered as WAF_FILTERED, and all else is let on', async (t) => {
  const { call } = await startGuarded(t, webAcl([rule('no-admin', 0, bytes('/admin', uri))]));
  const allowed = await call('/a');
  assert.deepEqual([allowed.status, allowed.body], [200, 'open']);
  const blocked = await call('/admin');
  assert.deepEqual([blocked.status, blocked.body], [403, forbidden]);
  assert.equal(blocked.headers['x-amzn-errortype'], 'ForbiddenException');
});

test('firewall: rules run in the order of their priorities, and the default action comes last', async (t) => {
  const { call, guard } = await startGuarded(
    t,
    webAcl([
      rule('second', 5, everything),
      rule('first', 1, bytes('ok', query), allow),
      rule('counted', 0, everything, count),
    ]),
  );
  assert.equal((await call('/a?ok')).status, 200);
  assert.equal((await call('/a')).status, 403);
  await guard(webAcl([rule('only', 0, bytes('ok', query), allow)], { DefaultAction: { Block: {} } }));
  assert.equal((await call('/a?ok')).status, 200);
  assert.equal((await call('/a')).body, forbidden);
});

test('firewall: a web ACL comes before the resource policy and the router', async (t) => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
  });
  const acl = webAcl([rule('one', 0, bytes('x', query))]);
  const { call } = await startGuarded(t, acl, { spec: { restApi: { policy } } });
  assert.match((await call('/a')).body, /explicit deny/);
  assert.equal((await call('/a?x')).body, forbidden);
  assert.equal((await call('/nowhere')).body, '{"message":"Missing Authentication Token"}');
  assert.equal((await call('/nowhere?x')).body, forbidden);
});

test('firewall: a custom response wins over a customised gateway response, which wins over the default', async (t) => {
  const custom = {
    Action: {
      Block: {
        CustomResponse: {
          ResponseCode: 302,
          CustomResponseBodyKey: 'moved',
          ResponseHeaders: [{ Name: 'Location', Value: 'https://example.com/' }],
        },
      },
    },
  };
  const acl = webAcl([rule('moved', 0, bytes('moved', query), custom), rule('plain', 1, bytes('x', query))], {
    CustomResponseBodies: { moved: { ContentType: 'TEXT_HTML', Content: '<b>moved</b>' } },
  });
  const gatewayResponses = {
    WAF_FILTERED: {
      statusCode: '451',
      responseTemplates: { 'application/json': '{"why":$context.error.messageString}' },
    },
  };
  const { call } = await startGuarded(t, acl, { spec: { gatewayResponses } });
  const moved = await call('/a?moved');
  assert.deepEqual(
    [moved.status, moved.headers.location, moved.headers['content-type'], moved.body],
    [302, 'https://example.com/', 'text/html', '<b>moved</b>'],
  );
  const plain = await call('/a?x');
  assert.deepEqual([plain.status, plain.body], [451, '{"why":"Forbidden"}']);
});

test('firewall: headers that rules put in reach the backend, and a client cannot put them in itself', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('seen'));
  const insert = (Name: string, Value: string) => ({
    CustomRequestHandling: { InsertHeaders: [{ Name, Value }] },
  });
  const acl = webAcl([
    rule('counted', 0, everything, { Action: { Count: insert('seen', 'yes') } }),
    rule('let', 1, bytes('ok', query), { Action: { Allow: insert('Risk', 'none') } }),
  ]);
  const methods = {
    'ANY /a': { integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `http://${backend.authority}/` } },
    'GET /mapped': {
      integration: {
        type: 'HTTP',
        httpMethod: 'GET',
        uri: `http://${backend.authority}/`,
        requestParameters: { 'integration.request.header.x-risk': 'method.request.header.x-amzn-waf-risk' },
      },
      responses: { 200: {} },
    },
  } as const;
  const { call } = await startGuarded(t, acl, { methods });
  await call('/a?ok', { headers: { 'x-amzn-waf-risk': 'forged', 'X-Amzn-Waf-Seen': 'forged' } });
  assert.deepEqual(
    [backend.last().headers['x-amzn-waf-risk'], backend.last().headers['x-amzn-waf-seen']],
    ['none', 'yes'],
  );
  await call('/a', { headers: { 'x-amzn-waf-risk': 'forged' } });
  assert.equal(backend.last().headers['x-amzn-waf-risk'], undefined);
  await call('/mapped?ok');
  assert.equal(backend.last().headers['x-risk'], 'none');
  await call('/a', { method: 'POST', body: 'x' });
  assert.deepEqual([backend.last().headers['x-amzn-waf-seen'], backend.last().body.toString()], ['yes', 'x']);
});

test('firewall: labels of earlier rules are matched by later ones, whole or by namespace', async (t) => {
  const labels = (...names: string[]) => ({ RuleLabels: names.map((Name) => ({ Name })) });
  const acl = webAcl([
    rule('mark-x', 0, bytes('x', query), { ...count, ...labels('risk:x', 'seen') }),
    rule('mark-y', 1, bytes('y', query), { ...count, ...labels('other:y') }),
    rule('block-x', 2, label('risk:x')),
    rule('block-y', 3, label('awswaf:123456789012:webacl:edge:other:', 'NAMESPACE')),
    rule('never', 4, label('risk')),
  ]);
  const { call } = await startGuarded(t, acl);
  const statuses = await Promise.all(
    ['/a', '/a?x', '/a?y', '/a?z'].map(async (one) => (await call(one)).status),
  );
  assert.deepEqual(statuses, [200, 403, 403, 200]);
});

test('firewall: the rules of a group run in its place, with their actions or those that replace them', async (t) => {
  const group = ruleGroup('common', [
    rule('x', 0, bytes('x', query), { RuleLabels: [{ Name: 'x' }] }),
    rule('y', 1, bytes('y', query)),
    rule('z', 2, bytes('z', query), allow),
  ]);
  const references = { ruleGroups: [group] };
  const naming = (override: 'None' | 'Count', reference = {}) =>
    groupRule('common', group, override, reference);
  const last = rule('last', 1, bytes('z', query));
  const { call, guard } = await startGuarded(t, webAcl([naming('None'), last]), { references });
  const statuses = () =>
    Promise.all(['/a', '/a?x', '/a?y', '/a?z'].map(async (one) => (await call(one)).status));
  assert.deepEqual(await statuses(), [200, 403, 403, 200]);
  await guard(webAcl([naming('Count'), last]));
  assert.deepEqual(await statuses(), [200, 200, 200, 403]);
  await guard(
    webAcl([naming('None', { RuleActionOverrides: [{ Name: 'y', ActionToUse: { Count: {} } }] }), last]),
  );
  assert.deepEqual(await statuses(), [200, 403, 200, 200]);
  await guard(webAcl([naming('None', { ExcludedRules: [{ Name: 'x' }] }), last]));
  assert.deepEqual(await statuses(), [200, 200, 403, 200]);
  const ofGroup = label('awswaf:123456789012:rulegroup:common:x');
  await guard(webAcl([naming('Count'), rule('after', 2, ofGroup)]));
  assert.deepEqual(await statuses(), [200, 403, 200, 200]);
});

test('firewall: nothing of a body is read unless a rule looks at it, and then only where the rule comes so far', async (t) => {
  const bodyOfX = { AndStatement: { Statements: [bytes('x', query), bytes('evil', body)] } };
  const { port, guard } = await startGuarded(
    t,
    webAcl([rule('one', 0, bodyOfX), rule('two', 1, bytes('y', query))]),
  );
  // The body never comes: whoever waits for it never answers.
  const begun = (target: string, sent = '') =>
    `POST /_aws/execute-api/testapi001/test${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n${sent}`;
  const unmatched = /\{"message":"Missing Authentication Token"\}$/;
  const blocked = /\{"message":"Forbidden"\}$/;
  assert.match(await exchangeRaw(port, begun('/nowhere')), unmatched);
  assert.match(await exchangeRaw(port, begun('/nowhere?y')), blocked);
  assert.match(await exchangeRaw(port, begun('/nowhere?x', 'pure evil')), blocked);
  assert.match(await exchangeRaw(port, begun('/nowhere?x', 'pure good')), unmatched);
  await guard(webAcl([rule('none', 0, bytes('y', query))]));
  assert.match(await exchangeRaw(port, begun('/nowhere?x')), unmatched);
});

test('firewall: a body that rules have read is proxied whole, however long', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('seen'));
  const methods = {
    'POST /a': {
      integration: { type: 'HTTP_PROXY', httpMethod: 'POST', uri: `http://${backend.authority}/` },
    },
  } as const;
  const { call } = await startGuarded(t, webAcl([rule('one', 0, bytes('evil', body))]), { methods });
  const sent = Buffer.alloc(3_000_000, 'abcdefg');
  assert.equal((await call('/a', { method: 'POST', body: sent })).body, 'seen');
  assert.ok(backend.last().body.equals(sent));
  const tooLong = await call('/a', { method: 'POST', body: Buffer.alloc(10 * 1_048_576 + 1) }).catch(
    () => null,
  );
  assert.ok(tooLong === null || tooLong.status === 413);
});

test('firewall: a body that rules have read is what the signature of its request is checked with', {
  timeout: 20_000,
}, async (t) => {
  const definition = api({ 'POST /a': mock('in', { authorizationType: 'AWS_IAM' }) });
  const acl = webAcl([rule('one', 0, bytes('evil', body))]);
  const firewall = { webAcls: [acl], ipSets: [], regexPatternSets: [], ruleGroups: [] };
  const { call, port } = await startTestGateway(t, [{ definition, stage: { webAclArn: acl.ARN } }], {
    published: { identities: [identity()], firewall },
  });
  const ask = (sent: string, changed = sent) => {
    const options = signed(port, '/a', { method: 'POST', body: sent });
    return call('/a', { ...options, body: changed });
  };
  assert.equal((await ask('good')).body, 'in');
  assert.equal((await ask('evil')).body, forbidden);
  assert.match((await ask('good', 'fine')).body, /signature/);
});

test('firewall: more of a body is looked at where the web ACL says so', async (t) => {
  const rules = [rule('one', 0, bytes('evil', body))];
  const AssociationConfig = { RequestBody: { API_GATEWAY: { DefaultSizeInspectionLimit: 'KB_64' } } };
  const { call } = await startGuarded(t, webAcl(rules, { AssociationConfig }));
  const status = async (before: number) =>
    (await call('/a', { method: 'POST', body: `${'a'.repeat(before)}evil` })).status;
  assert.deepEqual([await status(65_532), await status(65_533)], [403, 200]);
});

test('firewall: an IP set that is changed, and one that grows, is what judges the next request', async (t) => {
  const empty = ipSet('set', []);
  const acl = webAcl([rule('one', 0, { IPSetReferenceStatement: { ARN: empty.ARN } })]);
  const { call, guard } = await startGuarded(t, acl, { references: { ipSets: [empty] } });
  assert.equal((await call('/a')).status, 200);
  await guard(acl, { ipSets: [ipSet('set', ['10.0.0.0/8', '127.0.0.1/32'])] });
  assert.equal((await call('/a')).status, 403);
  await guard(acl, { ipSets: [empty] });
  assert.equal((await call('/a')).status, 200);
});

test('firewall: the access log tells what the web ACL has said', async (t) => {
  const format =
    '$context.wafResponseCode $context.waf.status $context.waf.error $context.webaclArn $context.error.responseType $context.status';
  const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
  const acl = webAcl([rule('one', 0, bytes('x', query))]);
  const { call, gateway, dataDir } = await startGuarded(t, acl, {
    stage: { accessLogSettings: { destinationArn, format } },
  });
  await call('/a');
  await call('/a?x');
  await gateway.drain(100);
  const lines = readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(lines, [
    `WAF_ALLOW 200 - ${acl.ARN} - 200`,
    `WAF_BLOCK 403 - ${acl.ARN} WAF_FILTERED 403`,
  ]);
});

test('firewall: rules are counted, and some of their requests kept without their secrets', async (t) => {
  const { call, gateway } = await startGuarded(t, webAcl([rule('no-x', 0, bytes('x', query))]));
  await call('/a?x', { headers: { authorization: 'Bearer secret', 'x-seen': 'yes' } });
  await call('/a');
  await call('/a');
  const counted = gateway
    .stats()
    .firewall?.map(({ webAcl: acl, rule: name, action, count: n }) => [acl, name, action, n]);
  assert.deepEqual(counted, [
    ['edge', 'no-x', 'BLOCK', 1],
    ['edge', 'edge', 'ALLOW', 2],
  ]);
  const asked = { webAclArn: webAcl([]).ARN, metricName: 'no-x', fromMs: 0, toMs: Date.now() + 1000 };
  const [sample, ...more] = gateway.sampledRequests(asked);
  assert.equal(more.length, 0);
  const { headers, ...rest } = sample!;
  assert.equal(headers[headers.indexOf('authorization') + 1], 'REDACTED');
  assert.equal(headers[headers.indexOf('x-seen') + 1], 'yes');
  assert.deepEqual(
    { ...rest, atMs: 0 },
    {
      atMs: 0,
      clientIp: '127.0.0.1',
      uri: '/test/a',
      method: 'GET',
      weight: 1,
      action: 'BLOCK',
      labels: [],
      ruleWithinGroup: null,
      overridden: null,
      inserted: [],
      status: 403,
    },
  );
});

// Whatever cannot be evaluated refuses every request: those that would be allowed first of all.
const unevaluated: readonly (readonly [string, ReturnType<typeof webAcl>])[] = [
  [
    'names an IP set that is not there',
    webAcl([rule('one', 0, { IPSetReferenceStatement: { ARN: ipSet('gone', []).ARN } })]),
  ],
  [
    'has a regular expression that is none',
    webAcl([
      rule('one', 0, {
        RegexMatchStatement: {
          RegexString: '(',
          FieldToMatch: uri,
          TextTransformations: transformed('NONE'),
        },
      }),
    ]),
  ],
  ['has a statement of a later release', webAcl([rule('one', 0, { QuantumStatement: {} })])],
  ['has a member of a later release', webAcl([rule('one', 0, everything, { Unless: {} })])],
  [
    'has an action that is not evaluated',
    webAcl([rule('one', 0, bytes('never', uri), { Action: { Challenge: {} } })]),
  ],
  [
    'has a table of countries to look in, and none is there',
    webAcl([rule('one', 0, { GeoMatchStatement: { CountryCodes: ['US'] } })]),
  ],
  ['has no default action', webAcl([], { DefaultAction: {} })],
];

for (const [what, acl] of unevaluated)
  test(`firewall: a web ACL that ${what} refuses every request`, async (t) => {
    const { call } = await startGuarded(t, acl);
    for (const target of ['/a', '/nowhere']) {
      const answer = await call(target);
      assert.deepEqual(
        [answer.status, answer.body],
        [500, '{"message": "There was an error evaluating the AWS WAF rules associated with this API"}'],
      );
    }
  });

test('firewall: a web ACL that is not published refuses every request, and judges them when it is', async (t) => {
  const acl = webAcl([rule('one', 0, bytes('x', query))]);
  const definition = api({ 'GET /a': mock('open') });
  const { call } = await startTestGateway(t, [{ definition, stage: { webAclArn: acl.ARN } }]);
  assert.equal((await call('/a')).status, 500);
});
