import assert from 'node:assert/strict';
import test from 'node:test';
import { type AuditRecord, createAuditTrail, userArn } from '../../../src/control/access/index.ts';
import type { CallRecord } from '../../../src/control/protocol/call-record.ts';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import { FileAnswer } from '../../../src/control/protocol/file-answer.ts';
import { accessStore, account, ann, nowMs, putUser } from '../../support/access.ts';

const caller = {
  arn: userArn(account, 'ann'),
  userName: 'ann',
  accessKeyId: ann.accessKeyId,
  sourceIp: '203.0.113.7',
  userAgent: 'aws-cli/2.0',
};
const call: CallRecord = {
  requestId: '0b1f7f0e-0000-4000-8000-000000000000',
  operation: 'CreateResource',
  resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/abc/resources/root',
  caller,
  sourceIp: '203.0.113.7',
  userAgent: 'aws-cli/2.0',
  host: '127.0.0.1:8081',
  input: { restApiId: 'abc', parentId: 'root', pathPart: 'pets' },
  status: 201,
  answer: { id: 'x', parentId: 'root', path: '/pets' },
  error: null,
  startedAtMs: nowMs + 999,
  durationMs: 1,
};

async function testTrail(t: { after(work: () => unknown): void }) {
  const store = await accessStore(t);
  await putUser(store, ann);
  const records: AuditRecord[] = [];
  const trail = createAuditTrail({
    account,
    view: store.view,
    append: (json) => {
      records.push(JSON.parse(json));
    },
  });
  return { trail, last: () => records.at(-1)! };
}

test('audit: a call that changes something is recorded as CloudTrail does it', async (t) => {
  const { trail, last } = await testTrail(t);
  trail.onCall(call);
  const { eventID, ...record } = last();
  assert.match(eventID, /^[0-9a-f-]{36}$/);
  assert.deepEqual(record, {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/ann',
      accountId: '111122223333',
      accessKeyId: ann.accessKeyId,
      userName: 'ann',
    },
    eventTime: '2024-01-02T03:04:05Z',
    eventSource: 'apigateway.amazonaws.com',
    eventName: 'CreateResource',
    awsRegion: 'us-east-1',
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.0',
    requestParameters: { restApiId: 'abc', parentId: 'root', createResourceInput: { pathPart: 'pets' } },
    responseElements: { id: 'x', parentId: 'root', path: '/pets' },
    requestID: call.requestId,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
  });
});

test('audit: a call that reads has no answer in its record', async (t) => {
  const { trail, last } = await testTrail(t);
  const answer = new FileAnswer('application/zip', 'attachment', Buffer.alloc(9));
  trail.onCall({ ...call, operation: 'GetSdk', input: { restApiId: 'abc', sdkType: 'java' }, answer });
  assert.equal(last().readOnly, true);
  assert.equal(last().responseElements, null);
  assert.deepEqual(last().requestParameters, { restApiId: 'abc', sdkType: 'java' });
});

test('audit: a refused signature is recorded, with nobody', async (t) => {
  const { trail, last } = await testTrail(t);
  const error = { type: 'InvalidSignatureException', message: 'It differs.\n\nThe Canonical String ...' };
  trail.onCall({ ...call, caller: null, input: null, status: 403, answer: undefined, error });
  const { userIdentity, errorCode, errorMessage, requestParameters, responseElements } = last();
  assert.deepEqual(
    { userIdentity, errorCode, errorMessage, requestParameters, responseElements },
    {
      userIdentity: { type: 'Unknown' },
      errorCode: 'InvalidSignatureException',
      errorMessage: 'It differs.',
      requestParameters: null,
      responseElements: null,
    },
  );
});

test('audit: secrets of parameters and answers are hidden', async (t) => {
  const { trail, last } = await testTrail(t);
  const key = { name: 'n', value: 'the-secret-value-of-a-key' };
  trail.onCall({ ...call, operation: 'CreateApiKey', input: key, answer: { id: 'k', ...key } });
  const value = 'HIDDEN_DUE_TO_SECURITY_REASONS';
  assert.deepEqual(last().requestParameters, { createApiKeyInput: { name: 'n', value } });
  assert.deepEqual(last().responseElements, { id: 'k', name: 'n', value });
});

test('audit: what is too large is left out and told', async (t) => {
  const { trail, last } = await testTrail(t);
  const tags = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, 'x'.repeat(2000)]));
  trail.onCall({ ...call, operation: 'TagResource', input: { resourceArn: 'arn', tags }, answer: undefined });
  assert.deepEqual(last().requestParameters, {
    omitted: true,
    originalSize: 200_941,
    reason: 'requestParameters too large',
  });
});

test('audit: acts of the command line are recorded as those of root, by the names of IAM', async (t) => {
  const { trail, last } = await testTrail(t);
  const local = {
    caller: { ...caller, arn: 'arn:aws:iam::111122223333:root', userName: 'local:joe', accessKeyId: '' },
    startedAtMs: nowMs,
    error: null,
  };
  const result = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
  trail.onLocal({ ...local, name: 'iamCreateKey', argument: { userName: 'bob' }, result });
  const { eventName, eventSource, readOnly, userIdentity, requestParameters, responseElements } = last();
  assert.deepEqual(
    { eventName, eventSource, readOnly, userIdentity, requestParameters, responseElements },
    {
      eventName: 'CreateAccessKey',
      eventSource: 'iam.amazonaws.com',
      readOnly: false,
      userIdentity: {
        type: 'Root',
        principalId: '111122223333',
        arn: 'arn:aws:iam::111122223333:root',
        accountId: '111122223333',
        userName: 'local:joe',
      },
      requestParameters: { userName: 'bob' },
      responseElements: { accessKeyId: 'AKIA', secretAccessKey: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    },
  );
  const error = new AwsException('NoSuchEntity', 404, 'The user with name bob cannot be found.');
  trail.onLocal({ ...local, name: 'iamRemoveUser', argument: { userName: 'bob' }, result: undefined, error });
  assert.deepEqual(
    [last().eventName, last().errorCode, last().errorMessage],
    ['DeleteUser', error.name, error.message],
  );
  trail.onLocal({ ...local, name: 'GetRestApis', argument: {}, result: [] });
  assert.deepEqual([last().eventSource, last().readOnly], ['apigateway.amazonaws.com', true]);
  trail.onLocal({
    ...local,
    name: 'importFile',
    argument: { text: '{}', stage: 'dev' },
    result: { apiId: 'a' },
  });
  assert.deepEqual(
    [last().eventSource, last().eventName, last().requestParameters],
    ['sluice.local', 'ImportFile', { text: '(2 characters)', stage: 'dev' }],
  );
});
