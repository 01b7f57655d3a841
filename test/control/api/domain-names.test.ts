import assert from 'node:assert/strict';
import test from 'node:test';
import { noBackends } from '../../../src/resources/index.ts';
import { accountId, refused, testControl } from '../../support/control.ts';
import { deployable, restApiId, start } from './deployable.ts';

const domainName = 'api.example.com';
const missing = 'Invalid domain name identifier specified';
const name = /^d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/;

test('domain names: one without more is edge-optimised, and has what its creation gives it', async (t) => {
  const { call } = await deployable(t);
  const created = await call('CreateDomainName', {
    domainName,
    certificateArn: 'arn:aws:acm:x',
    tags: { a: 'b' },
  });
  const { distributionDomainName, ...rest } = created;
  assert.match(distributionDomainName, name);
  assert.deepEqual(rest, {
    domainName,
    certificateArn: 'arn:aws:acm:x',
    certificateUploadDate: start,
    distributionHostedZoneId: 'Z2FDTNDATAQYW2',
    endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: 'TLS_1_2',
    routingMode: 'BASE_PATH_MAPPING_ONLY',
    tags: { a: 'b' },
  });
  assert.deepEqual(await call('GetDomainName', { domainName }), created);
  assert.deepEqual(await call('GetDomainNames', {}), { item: [created] });
  assert.deepEqual(await call('GetDomainNames', { resourceOwner: 'OTHER_ACCOUNTS' }), { item: [] });
  assert.equal(await call('DeleteDomainName', { domainName }), undefined);
  await refused(call('GetDomainName', { domainName }), 'NotFoundException', missing);
});

test('domain names: a regional one has its own name and zone', async (t) => {
  const { call } = await deployable(t);
  const { regionalDomainName, ...rest } = await call('CreateDomainName', {
    domainName,
    regionalCertificateArn: 'arn:aws:acm:x',
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'dualstack' },
    securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
    endpointAccessMode: 'STRICT',
    mutualTlsAuthentication: { truststoreUri: 's3://bucket/key.pem', truststoreVersion: '1' },
  });
  assert.match(regionalDomainName, name);
  assert.deepEqual(rest, {
    domainName,
    regionalCertificateArn: 'arn:aws:acm:x',
    certificateUploadDate: start,
    regionalHostedZoneId: 'Z1UJRXOUMOOFQ8',
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'dualstack' },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
    endpointAccessMode: 'STRICT',
    mutualTlsAuthentication: { truststoreUri: 's3://bucket/key.pem', truststoreVersion: '1' },
    routingMode: 'BASE_PATH_MAPPING_ONLY',
  });
});

test('domain names: a private one is found by its id, and may share its name', async (t) => {
  const { call } = await deployable(t);
  const policy = '{"Version":"2012-10-17","Statement":[]}';
  const create = () =>
    call('CreateDomainName', { domainName, policy, endpointConfiguration: { types: ['PRIVATE'] } });
  const [one, two] = [await create(), await create()];
  const { domainNameId } = one;
  assert.match(domainNameId, /^[a-z0-9]{10}$/);
  assert.notEqual(domainNameId, two.domainNameId);
  assert.deepEqual(one, {
    domainName,
    domainNameId,
    domainNameArn: `arn:aws:apigateway:us-east-1:${accountId}:/domainnames/${domainName}+${domainNameId}`,
    endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack' },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: 'TLS_1_2',
    policy,
    routingMode: 'BASE_PATH_MAPPING_ONLY',
  });
  assert.deepEqual(await call('GetDomainName', { domainName, domainNameId }), one);
  await refused(call('GetDomainName', { domainName }), 'NotFoundException', missing);
  const patchOperations = [{ op: 'replace', path: '/managementPolicy', value: policy }] as const;
  const updated = await call('UpdateDomainName', { domainName, domainNameId, patchOperations });
  assert.deepEqual(updated, { ...one, managementPolicy: policy });
  await call('DeleteDomainName', { domainName, domainNameId });
  assert.deepEqual(await call('GetDomainNames', {}), { item: [two] });
});

test('domain names: refusals of a creation change nothing', async (t) => {
  const { call } = await deployable(t);
  await call('CreateDomainName', { domainName });
  const regional = { types: ['REGIONAL'] as const };
  const cases = [
    [{ domainName: '' }, 'No Domain Name specified'],
    [{ domainName: 'a b.example.com' }, 'Invalid domain name specified: a b.example.com'],
    [{ domainName: 'a.*.example.com' }, 'Invalid domain name specified: a.*.example.com'],
    [{ domainName: 'API.example.com' }, 'The domain name you provided already exists.'],
    [
      { domainName: 'b.com', endpointConfiguration: { types: [] } },
      'REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.',
    ],
    [
      { domainName: 'b.com', endpointConfiguration: { types: ['EDGE', 'REGIONAL'] } },
      /multiple Endpoint Types/,
    ],
    [
      { domainName: 'b.com', endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'ipv4' } },
      'Only dualstack ipAddressType is supported for Private APIs.',
    ],
    [{ domainName: 'b.com', policy: '{"Statement":[]}' }, /only private custom domain names/],
    [{ domainName: 'b.com', policy: 'x', endpointConfiguration: { types: ['PRIVATE'] } }, /policy/],
    [{ domainName: 'b.com', endpointAccessMode: 'STRICT' }, /SecurityPolicy_/],
    [{ domainName: 'b.com', mutualTlsAuthentication: { truststoreUri: 's3://b/k' } }, /REGIONAL/],
    [
      {
        domainName: 'b.com',
        endpointConfiguration: regional,
        mutualTlsAuthentication: { truststoreUri: 'https://x' },
      },
      /s3:\/\/bucket\/key/,
    ],
  ] as const;
  for (const [input, message] of cases)
    await refused(call('CreateDomainName', input as { domainName: string }), 'BadRequestException', message);
  assert.equal((await call('GetDomainNames', {})).item.length, 1);
});

test('domain names: every patch path does what it says', async (t) => {
  const { call, advance } = await deployable(t);
  const before = await call('CreateDomainName', { domainName });
  advance(5);
  const patched = await call('UpdateDomainName', {
    domainName,
    patchOperations: [
      { op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'REGIONAL' },
      { op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'dualstack' },
      { op: 'add', path: '/regionalCertificateArn', value: 'arn:new' },
      { op: 'replace', path: '/regionalCertificateName', value: 'new' },
      { op: 'replace', path: '/securityPolicy', value: 'SecurityPolicy_TLS13_1_2_2021_06' },
      { op: 'replace', path: '/endpointAccessMode', value: 'BASIC' },
      { op: 'replace', path: '/routingMode', value: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING' },
      { op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: 's3://b/k' },
      { op: 'add', path: '/mutualTlsAuthentication/truststoreVersion', value: '2' },
      { op: 'replace', path: '/ownershipVerificationCertificateArn', value: 'arn:owner' },
    ],
  });
  const { regionalDomainName, ...rest } = patched;
  assert.match(regionalDomainName, name);
  assert.deepEqual(rest, {
    domainName,
    regionalCertificateArn: 'arn:new',
    regionalCertificateName: 'new',
    certificateUploadDate: start + 5,
    regionalHostedZoneId: 'Z1UJRXOUMOOFQ8',
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'dualstack' },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: 'SecurityPolicy_TLS13_1_2_2021_06',
    endpointAccessMode: 'BASIC',
    mutualTlsAuthentication: { truststoreUri: 's3://b/k', truststoreVersion: '2' },
    ownershipVerificationCertificateArn: 'arn:owner',
    routingMode: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
  });
  const back = await call('UpdateDomainName', {
    domainName,
    patchOperations: [
      { op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: '' },
      { op: 'add', path: '/endpointConfiguration/types', value: 'EDGE' },
      { op: 'remove', path: '/endpointConfiguration/types', value: 'REGIONAL' },
      { op: 'remove', path: '/regionalCertificateArn' },
      { op: 'replace', path: '/regionalCertificateName', value: '' },
      { op: 'remove', path: '/ownershipVerificationCertificateArn' },
    ],
  });
  assert.deepEqual(
    [back.mutualTlsAuthentication, back.regionalCertificateArn, back.regionalDomainName],
    [undefined, undefined, undefined],
  );
  assert.deepEqual(back.endpointConfiguration.types, ['EDGE']);
  const byPlace = [{ op: 'replace', path: '/endpointConfiguration/types/0', value: 'REGIONAL' }] as const;
  const placed = await call('UpdateDomainName', { domainName, patchOperations: byPlace });
  assert.deepEqual(placed.endpointConfiguration.types, ['REGIONAL']);
  assert.equal(back.distributionHostedZoneId, before.distributionHostedZoneId);
});

test('domain names: refusals of a patch change nothing', async (t) => {
  const { call } = await deployable(t);
  const before = await call('CreateDomainName', { domainName });
  const cases = [
    [[{ op: 'replace', path: '/domainName', value: 'x' }], /^Invalid patch path {2}'\/domainName'/],
    [[{ op: 'add', path: '/securityPolicy', value: 'TLS_1_2' }], /^Invalid patch path {2}'\/securityPolicy'/],
    [[{ op: 'replace', path: '/securityPolicy', value: 'SSL' }], /TLS_1_2/],
    [
      [{ op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'x' }],
      'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE',
    ],
    [
      [{ op: 'replace', path: '/endpointConfiguration/types/REGIONAL', value: 'EDGE' }],
      'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE',
    ],
    [
      [{ op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'ipv6' }],
      'ipAddressType must be either ipv4 or dualstack.',
    ],
    [[{ op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'PRIVATE' }], /private/],
    [[{ op: 'remove', path: '/endpointConfiguration/types', value: 'EDGE' }], /both DISABLED/],
    [
      [
        { op: 'add', path: '/certificateArn', value: 'x' },
        { op: 'remove', path: '/certificateName' },
      ],
      /same request/,
    ],
    [[{ op: 'replace', path: '/policy', value: '{"Statement":[]}' }], /only private/],
    [[{ op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: 's3://b/k' }], /REGIONAL/],
  ] as const;
  for (const [patchOperations, message] of cases)
    await refused(call('UpdateDomainName', { domainName, patchOperations }), 'BadRequestException', message);
  assert.deepEqual(await call('GetDomainName', { domainName }), before);
  const other = { domainName: 'none.example.com' };
  await refused(call('UpdateDomainName', other), 'NotFoundException', missing);
  await refused(call('DeleteDomainName', other), 'NotFoundException', missing);
});

test('domain names: data planes are told where base paths lead, and what a name restricts', async (t) => {
  const { call, published } = await deployable(t);
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  await call('CreateDomainName', { domainName: '*.Example.com' });
  await call('CreateBasePathMapping', { domainName: '*.Example.com', restApiId });
  await call('CreateBasePathMapping', {
    domainName: '*.Example.com',
    restApiId,
    basePath: 'v1',
    stage: 'prod',
  });
  const policy = '{"Statement":[]}';
  await call('CreateDomainName', { domainName, policy, endpointConfiguration: { types: ['PRIVATE'] } });
  await call('CreateDomainName', {
    domainName: 'rules.example.com',
    endpointConfiguration: { types: ['REGIONAL'] },
    routingMode: 'ROUTING_RULE_ONLY',
    mutualTlsAuthentication: { truststoreUri: 's3://b/k' },
  });
  await call('CreateBasePathMapping', { domainName: 'rules.example.com', restApiId });
  assert.deepEqual(published().domainNames, [
    {
      domainName: '*.example.com',
      mappings: [
        { basePath: '', apiId: restApiId, stage: null },
        { basePath: 'v1', apiId: restApiId, stage: 'prod' },
      ],
      endpointType: 'EDGE',
      securityPolicy: 'TLS_1_2',
    },
    { domainName, mappings: [], endpointType: 'PRIVATE', policy, securityPolicy: 'TLS_1_2' },
    {
      domainName: 'rules.example.com',
      mappings: [],
      endpointType: 'REGIONAL',
      securityPolicy: 'TLS_1_2',
      mutualTlsAuthentication: { truststoreUri: 's3://b/k' },
    },
  ]);
});

test('domain names: one whose truststore no file stands for has a warning, in both versions of the API', async (t) => {
  const truststores = { uris: ['s3://b/known', 's3://b/old?versionId=1'], domainNames: ['own.example.com'] };
  const { call } = await testControl(t, {}, { backends: { ...noBackends, truststores } });
  const warningsOf = async (name: string, truststoreUri: string, truststoreVersion?: string) => {
    const given = { truststoreUri, ...(truststoreVersion === undefined ? {} : { truststoreVersion }) };
    const { mutualTlsAuthentication: first } = await call('CreateDomainName', {
      domainName: name,
      endpointConfiguration: { types: ['REGIONAL'] },
      mutualTlsAuthentication: given,
    });
    const second = await call('apigatewayv2:GetDomainName' as never, { domainName: name } as never);
    assert.deepEqual((second as { mutualTlsAuthentication: unknown }).mutualTlsAuthentication, first);
    return (first as { truststoreWarnings?: readonly string[] }).truststoreWarnings?.length ?? 0;
  };
  assert.equal(await warningsOf('a.example.com', 's3://b/known'), 0);
  assert.equal(await warningsOf('b.example.com', 's3://b/known', '7'), 0);
  assert.equal(await warningsOf('c.example.com', 's3://b/old', '1'), 0);
  assert.equal(await warningsOf('d.example.com', 's3://b/old', '2'), 1);
  assert.equal(await warningsOf('own.example.com', 's3://b/unknown'), 0);
});
