import assert from 'node:assert/strict';
import test from 'node:test';
import { refused, testControl } from '../../support/control.ts';
import { putApi, putMethod, putStage } from './support.ts';

const arn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/pets/50dc6c495c0c9188';
const targetArns = [arn];

test('vpc links: one is pending when created, and soon available', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  const created = await call('CreateVpcLink', { name: 'n', description: 'd', targetArns });
  assert.match(created.id, /^[a-z0-9]{6}$/);
  const rest = { id: created.id, name: 'n', description: 'd', targetArns };
  assert.deepEqual(created, { ...rest, status: 'PENDING' });
  world.advance(5);
  const shown = { ...rest, status: 'AVAILABLE', statusMessage: 'Your vpc link is ready for use' };
  assert.deepEqual(await call('GetVpcLink', { vpcLinkId: created.id }), shown);
  assert.deepEqual(await call('GetVpcLinks', {}), { item: [shown] });
  const changed = await call('UpdateVpcLink', {
    vpcLinkId: created.id,
    patchOperations: [
      { op: 'replace', path: '/name', value: 'm' },
      { op: 'replace', path: '/description', value: 'e' },
    ],
  });
  assert.deepEqual(changed, { ...shown, name: 'm', description: 'e', tags: {} });
  assert.equal(await call('DeleteVpcLink', { vpcLinkId: created.id }), undefined);
  assert.deepEqual(await call('GetVpcLinks', {}), { item: [] });
});

test("vpc links: what cannot be one is refused in the service's words", async (t) => {
  const { call } = await testControl(t);
  const create = (name: string, arns: readonly string[]) => call('CreateVpcLink', { name, targetArns: arns });
  await refused(create('', targetArns), 'BadRequestException', 'Name cannot be empty');
  await refused(
    create('n', ['invalid-arn']),
    'BadRequestException',
    'Invalid ARN. ARN is not well formed invalid-arn',
  );
  await refused(create('n', []), 'BadRequestException', /exactly one/);
  const none = 'Invalid Vpc Link identifier specified';
  for (const name of ['GetVpcLink', 'UpdateVpcLink', 'DeleteVpcLink'] as const)
    await refused(call(name, { vpcLinkId: 'none' }), 'NotFoundException', none);
  const { id: vpcLinkId } = await create('n', targetArns);
  const patch = (path: string, value: string) =>
    call('UpdateVpcLink', { vpcLinkId, patchOperations: [{ op: 'replace', path, value }] });
  await refused(patch('/name', ''), 'BadRequestException', 'Name cannot be empty');
  await refused(
    patch('/targetArns', arn),
    'BadRequestException',
    "Invalid patch path  '/targetArns' specified for op 'replace'. Must be one of: [/name, /description]",
  );
});

test('vpc links: one that an integration names, itself or by a stage variable, cannot be deleted', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const { id: vpcLinkId } = await call('CreateVpcLink', { name: 'n', targetArns });
  const put = (connectionId: string) =>
    putMethod(world, '/pets', 'GET', {
      methodIntegration: {
        type: 'HTTP_PROXY',
        connectionType: 'VPC_LINK',
        connectionId,
        passthroughBehavior: 'WHEN_NO_MATCH',
        timeoutInMillis: 29_000,
      },
    });
  const isUsed = (where: string) =>
    refused(
      call('DeleteVpcLink', { vpcLinkId }),
      'BadRequestException',
      `Cannot delete vpc link. Vpc link '${vpcLinkId}', is referenced in [GET:rpets:${where}] in format of [Method:Resource:Stage].`,
    );
  await put(vpcLinkId);
  await isUsed('-');
  await putStage(world, 'prod', { variables: { link: vpcLinkId } });
  await isUsed('prod');
  await put('$' + '{stageVariables.link}');
  await isUsed('prod');
  await putStage(world, 'prod', { variables: { link: 'other' } });
  assert.equal(await call('DeleteVpcLink', { vpcLinkId }), undefined);
});
