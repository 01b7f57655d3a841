import assert from 'node:assert/strict';
import test from 'node:test';
import { accountId, refused } from '../../support/control.ts';
import { deployable } from './deployable.ts';

const accessAssociationSourceType = 'VPCE';
const accessAssociationSource = 'vpce-0123abcd';
const noDomain = 'Invalid domain name identifier specified';
const noAssociation = 'Invalid domain name access association identifier specified';

async function withPrivateName(t: { after(work: () => unknown): void }) {
  const world = await deployable(t);
  const domainName = 'api.example.com';
  const { domainNameArn, domainNameId } = await world.call('CreateDomainName', {
    domainName,
    endpointConfiguration: { types: ['PRIVATE'] },
  });
  const input = { domainNameArn, accessAssociationSourceType, accessAssociationSource } as const;
  return { ...world, domainName, domainNameId, domainNameArn: domainNameArn as string, input };
}

test('access associations: one is created, listed and deleted', async (t) => {
  const { call, input, domainName } = await withPrivateName(t);
  const created = await call('CreateDomainNameAccessAssociation', { ...input, tags: { a: 'b' } });
  const domainNameAccessAssociationArn = `arn:aws:apigateway:us-east-1:${accountId}:/domainnameaccessassociations/domainname/${domainName}/vpcesource/${accessAssociationSource}`;
  assert.deepEqual(created, { domainNameAccessAssociationArn, ...input, tags: { a: 'b' } });
  assert.deepEqual(await call('GetDomainNameAccessAssociations', {}), { item: [created] });
  const others = { resourceOwner: 'OTHER_ACCOUNTS' } as const;
  assert.deepEqual(await call('GetDomainNameAccessAssociations', others), { item: [] });
  const deleted = await call('DeleteDomainNameAccessAssociation', { domainNameAccessAssociationArn });
  assert.equal(deleted, undefined);
  assert.deepEqual(await call('GetDomainNameAccessAssociations', {}), { item: [] });
});

test('access associations: the owner of the domain name rejects one', async (t) => {
  const { call, input, domainNameArn } = await withPrivateName(t);
  const { domainNameAccessAssociationArn: arn } = await call('CreateDomainNameAccessAssociation', input);
  const reject = (domainNameAccessAssociationArn: string, ofName: string) =>
    call('RejectDomainNameAccessAssociation', { domainNameAccessAssociationArn, domainNameArn: ofName });
  await refused(reject(arn, `${domainNameArn}x`), 'NotFoundException', noDomain);
  await refused(reject(`${arn}x`, domainNameArn), 'NotFoundException', noAssociation);
  assert.equal(await reject(arn, domainNameArn), undefined);
  await refused(reject(arn, domainNameArn), 'NotFoundException', noAssociation);
});

test('access associations: refusals change nothing', async (t) => {
  const { call, input, domainName, domainNameId } = await withPrivateName(t);
  await call('CreateDomainNameAccessAssociation', input);
  const create = (changes: object) => call('CreateDomainNameAccessAssociation', { ...input, ...changes });
  await refused(create({}), 'ConflictException', 'Domain name access association already exists');
  await refused(create({ domainNameArn: 'arn:none' }), 'NotFoundException', noDomain);
  await refused(create({ accessAssociationSource: 'vpc-1' }), 'BadRequestException', /VPC endpoint/);
  const domainNameAccessAssociationArn = 'arn:none';
  await refused(
    call('DeleteDomainNameAccessAssociation', { domainNameAccessAssociationArn }),
    'NotFoundException',
    noAssociation,
  );
  assert.equal((await call('GetDomainNameAccessAssociations', {})).item.length, 1);
  await call('DeleteDomainName', { domainName, domainNameId });
  assert.deepEqual(await call('GetDomainNameAccessAssociations', {}), { item: [] });
});
