import assert from 'node:assert/strict';
import test from 'node:test';
import { accountId, refused } from '../../support/control.ts';
import { apiWithRoot, type Core } from './core.ts';

const arn = (path: string, account = '') => `arn:aws:apigateway:us-east-1:${account}:${path}`;
const association = arn('/domainnameaccessassociations/domainname/private.test/vpcesource/vpce-1', accountId);

/** One of each kind that can be tagged. */
async function taggables(core: Core): Promise<string[]> {
  const { restApiId } = core;
  const date = '2024-01-01T00:00:00Z';
  const dates = { createdDate: date, lastUpdatedDate: date };
  await core.control.services.store.write((transaction) => {
    transaction.put('stage', restApiId, 'prod', {
      stageName: 'prod',
      deploymentId: 'dep001',
      methodSettings: {},
      tracingEnabled: false,
      cacheClusterEnabled: false,
      ...dates,
    });
    const key = { id: 'key1', value: 'v', enabled: true, stageKeys: [], ...dates };
    transaction.put('apiKey', '', 'key1', key);
    transaction.put('usagePlan', '', 'plan1', { id: 'plan1', name: 'gold', apiStages: [] });
    transaction.put('clientCertificate', '', 'cert1', {
      clientCertificateId: 'cert1',
      pemEncodedCertificate: '',
      pemEncodedPrivateKey: '',
      createdDate: date,
      expirationDate: date,
    });
    transaction.put('vpcLink', '', 'link1', {
      id: 'link1',
      name: 'l',
      targetArns: [],
      status: 'AVAILABLE',
      createdDate: date,
    });
    for (const id of ['api.test', 'private.test+dn1'])
      transaction.put('domainName', '', id, {
        domainName: id.split('+')[0]!,
        endpointConfiguration: { types: ['REGIONAL'] },
        domainNameStatus: 'AVAILABLE',
        routingMode: 'BASE_PATH_MAPPING_ONLY',
      });
    transaction.put('domainNameAccessAssociation', '', association, {
      domainNameAccessAssociationArn: association,
      domainNameArn: arn('/domainnames/private.test+dn1', accountId),
      accessAssociationSourceType: 'VPCE',
      accessAssociationSource: 'vpce-1',
    });
  });
  return [
    arn(`/restapis/${restApiId}`),
    arn(`/restapis/${restApiId}/stages/prod`),
    arn('/apikeys/key1'),
    arn('/usageplans/plan1'),
    arn('/clientcertificates/cert1'),
    arn('/vpclinks/link1'),
    arn('/domainnames/api.test'),
    arn('/domainnames/private.test+dn1', accountId),
    association,
  ];
}

test('tags: everything that can be tagged is tagged, told and untagged by its ARN', async (t) => {
  const core = await apiWithRoot(t);
  const { call } = core;
  for (const resourceArn of await taggables(core)) {
    assert.deepEqual(await call('GetTags', { resourceArn }), { tags: {} });
    assert.equal(await call('TagResource', { resourceArn, tags: { a: '1', b: '2' } }), undefined);
    await call('TagResource', { resourceArn, tags: { b: '', 'Füße x/y': 'ja' } });
    assert.deepEqual(await call('GetTags', { resourceArn }), { tags: { a: '1', b: '', 'Füße x/y': 'ja' } });
    assert.equal(await call('UntagResource', { resourceArn, tagKeys: ['a', 'b', 'nothere'] }), undefined);
    assert.deepEqual(await call('GetTags', { resourceArn }), { tags: { 'Füße x/y': 'ja' } });
    await call('UntagResource', { resourceArn, tagKeys: ['Füße x/y'] });
    assert.deepEqual(await call('GetTags', { resourceArn }), { tags: {} });
  }
  assert.equal((await call('GetRestApi', { restApiId: core.restApiId })).tags, undefined);
});

test('tags: an ARN that is none of ours is refused, one of what is not there is not found', async (t) => {
  const { call, restApiId } = await apiWithRoot(t);
  const wrong = [
    '',
    'pets',
    `arn:aws:s3:us-east-1::/restapis/${restApiId}`,
    `arn:aws:apigateway:eu-west-1::/restapis/${restApiId}`,
    `arn:aws-cn:apigateway:us-east-1::/restapis/${restApiId}`,
    arn(`/restapis/${restApiId}`, '999999999999'),
    arn(`/restapis/${restApiId}/resources/x`),
    arn('/account'),
  ];
  for (const resourceArn of wrong)
    await refused(
      call('GetTags', { resourceArn }),
      'BadRequestException',
      'Invalid ARN specified in the request',
    );
  const missing: [string, string][] = [
    ['/restapis/x', `Invalid API identifier specified ${accountId}:x`],
    [`/restapis/${restApiId}/stages/x`, 'Invalid stage identifier specified'],
    ['/apikeys/x', 'Invalid API Key identifier specified'],
    ['/usageplans/x', 'Invalid Usage Plan ID specified'],
    ['/clientcertificates/x', 'Invalid Client Certificate identifier specified'],
    ['/vpclinks/x', 'Invalid Vpc Link identifier specified'],
    ['/domainnames/x', 'Invalid domain name identifier specified'],
    ['/domainnameaccessassociations/x', 'Invalid domain name access association identifier specified'],
  ];
  for (const [path, message] of missing) {
    const resourceArn = arn(path);
    await refused(call('GetTags', { resourceArn }), 'NotFoundException', message);
    await refused(call('TagResource', { resourceArn, tags: {} }), 'NotFoundException', message);
    await refused(call('UntagResource', { resourceArn, tagKeys: [] }), 'NotFoundException', message);
  }
});

test('tags: keys, values and their number have limits', async (t) => {
  const { call, restApiId } = await apiWithRoot(t);
  const resourceArn = arn(`/restapis/${restApiId}`);
  const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key${i}`, 'x']));
  await call('TagResource', { resourceArn, tags: fifty });
  await call('TagResource', { resourceArn, tags: { key0: 'y'.repeat(256) } });
  const before = await call('GetTags', { resourceArn });
  const cases: Readonly<Record<string, string>>[] = [
    { another: '1' },
    { '': '1' },
    { ['k'.repeat(129)]: '1' },
    { key1: 'v'.repeat(257) },
    { 'AWS:x': '1' },
    { 'a?': '1' },
    { key1: '<' },
  ];
  for (const tags of cases)
    await refused(call('TagResource', { resourceArn, tags }), 'BadRequestException', /[Tt]ag/);
  assert.deepEqual(await call('GetTags', { resourceArn }), before);
});
