// A web ACL as an operator makes one with boto3, on a gateway that runs: it judges requests at once, is what it was after
// kill -9, and goes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runningStatus, type Status } from '../../../src/supervisor/index.ts';
import { until } from '../../supervisor/sluice.ts';
import {
  administratorOf,
  awsClientsFolder,
  type ManagementClient,
  managementClient,
  noAwsClients,
  type Wire,
} from '../../support/management.ts';
import { startReal } from '../../support/real-sluice.ts';

const script = fileURLToPath(new URL('./make_web_acl.py', import.meta.url));
const run = promisify(execFile);

/** An API of one mock method, deployed to `prod`. @returns its id */
async function makeApi({ send }: ManagementClient): Promise<string> {
  const made = async (path: string, body: unknown, method = 'POST'): Promise<Wire> => {
    const answer = await send(method, path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  const { id, rootResourceId } = await made('/restapis', { name: 'guarded' });
  const { id: resource } = await made(`/restapis/${id}/resources/${rootResourceId}`, { pathPart: 'a' });
  const method = `/restapis/${id}/resources/${resource}/methods/GET`;
  await made(method, { authorizationType: 'NONE' }, 'PUT');
  await made(`${method}/responses/200`, {}, 'PUT');
  const requestTemplates = { 'application/json': '{"statusCode": 200}' };
  await made(`${method}/integration`, { type: 'MOCK', requestTemplates }, 'PUT');
  const responseTemplates = { 'application/json': 'open' };
  await made(`${method}/integration/responses/200`, { responseTemplates }, 'PUT');
  await made(`/restapis/${id}/deployments`, { stageName: 'prod' });
  return id;
}

/** Runs the script. @returns what it tells */
async function operate({ dataDir, managementPort, port }: Status, ...more: readonly string[]): Promise<Wire> {
  const { accessKeyId, secretAccessKey } = administratorOf(dataDir);
  const addresses = [managementPort, port].map((one) => `http://127.0.0.1:${one}`);
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const { stdout } = await run(`${awsClientsFolder}/python`, [script, ...addresses, ...more], { env });
  return JSON.parse(stdout);
}

const code = (name: string, message: string) => ({ Code: name, Message: message });

test('wafv2: boto3 makes a web ACL that judges at once and survives kill -9', {
  skip: noAwsClients,
}, async (t) => {
  const status = await startReal(t);
  const { dataDir } = status;
  const client = managementClient(dataDir, status.managementPort);
  const apiId = await makeApi(client);
  const told = await operate(status, apiId);
  const { id, arn, ...rest } = told;
  const stage = `arn:aws:apigateway:us-east-1::/restapis/${apiId}/stages/prod`;
  const forbidden = '{"message":"Forbidden"}';
  const invalid = (field: string, reason: string) => ['WAFInvalidParameterException', field, reason];
  const notEvaluated = (what: string) => `This release does not evaluate ${what}.`;
  assert.match(rest.geoWithoutTable[2], /^Geo statements need a table of countries: ENOENT/);
  assert.match(rest.badRegex[2], /^The regular expression is not valid/);
  const { geoWithoutTable: _, badRegex: __, ...exact } = rest;
  assert.deepEqual(exact, {
    before: [200, 'open'],
    unassociated: 403,
    allowed: [200, 'open'],
    blocked: [403, forbidden],
    custom: [418, 'short and stout'],
    shown: [true, 86, true, 'awswaf:000000000000:webacl:edge:'],
    ofStage: 'edge',
    resources: [stage],
    lists: [['edge'], ['bad'], ['scanners'], ['paths']],
    capacity: 86,
    addressBlocked: [403, forbidden],
    addressAllowed: 200,
    sampled: [['BLOCK', '/prod/a/ADMIN', 'no-admin']],
    tags: [{ Key: 'c', Value: 'd' }],
    stale: code(
      'WAFOptimisticLockException',
      'AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.',
    ),
    inUse: code(
      'WAFAssociatedItemException',
      'AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.',
    ),
    aclInUse: code(
      'WAFAssociatedItemException',
      'AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.',
    ),
    duplicate: code(
      'WAFDuplicateItemException',
      'AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.',
    ),
    missing: code(
      'WAFNonexistentItemException',
      'AWS WAF couldn’t perform the operation because your resource doesn’t exist.',
    ),
    badAddress: invalid('IP_ADDRESS', 'The parameter contains formatting that is not valid.'),
    captcha: invalid('RULE_ACTION', notEvaluated('the action Captcha')),
    managed: invalid('MANAGED_RULE_SET_STATEMENT', notEvaluated('managed rule groups')),
    noStatement: invalid(
      'STATEMENT',
      'You have used none or multiple values for a field that requires exactly one value.',
    ),
    websocketApi: invalid(
      'RESOURCE_ARN',
      'The ARN isn’t valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.',
    ),
    noName: code(
      'ValidationException',
      "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    ),
    cloudfront: invalid('SCOPE_VALUE', 'The scope is not valid.'),
  });
  assert.equal(arn, 'arn:aws:wafv2:us-east-1:000000000000:regional/webacl/edge');

  for (const pid of [status.pid, ...status.processes.map((one) => one.pid)]) process.kill(pid, 'SIGKILL');
  await until(async () => (await runningStatus(dataDir).catch(() => 'going')) === null);
  const again = await startReal(t, [], dataDir);
  const statusOf = async (path: string) =>
    (await fetch(`http://127.0.0.1:${again.port}/_aws/execute-api/${apiId}/prod${path}`)).status;
  assert.deepEqual([await statusOf('/a'), await statusOf('/a/admin')], [200, 403]);
  assert.equal(
    await (await fetch(`http://127.0.0.1:${again.port}/_aws/execute-api/${apiId}/prod/a?q=nikto`)).text(),
    'short and stout',
  );
  const removed = await operate(again, apiId, 'remove');
  assert.deepEqual(removed, {
    ofStage: null,
    web_acl: [],
    rule_group: [],
    ip_set: [],
    regex_pattern_set: [],
  });
  assert.equal(await statusOf('/a?q=nikto'), 200);
});
