// What every store must do. Each driver's test file runs this suite over itself.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { ApiDefinition, Stage } from '../../src/resources/index.ts';
import type { Store } from '../../src/store/index.ts';

export function definitionOf(id: string, name = id, createdDate = '2024-01-02T03:04:05.000Z'): ApiDefinition {
  return {
    restApi: {
      id,
      name,
      createdDate,
      apiKeySource: 'HEADER',
      endpointConfiguration: { types: ['REGIONAL'] },
      disableExecuteApiEndpoint: false,
      rootResourceId: 'root000000',
    },
    resources: [{ id: 'root000000', path: '/' }],
    models: [],
    requestValidators: [],
    authorizers: [],
    gatewayResponses: [],
    documentationParts: [],
  };
}

export function stageOf(stageName: string, deploymentId: string): Stage {
  return {
    stageName,
    deploymentId,
    methodSettings: {},
    tracingEnabled: false,
    cacheClusterEnabled: false,
    createdDate: '2024-01-02T03:04:05.000Z',
    lastUpdatedDate: '2024-01-02T03:04:05.000Z',
  };
}

export const deploymentOf = (apiId: string, id: string, hash = id) => ({
  apiId,
  hash,
  deployment: { id, createdDate: '2024-01-02T03:04:05.000Z' },
});

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @param open - opens the store of a folder; called again on the same folder after a close */
export function storeContract(name: string, open: (dataDir: string) => Store): void {
  const withStore = (title: string, act: (store: Store, reopen: () => Promise<Store>) => Promise<void>) =>
    test(`${name}: ${title}`, async (t) => {
      const folder = temporaryFolder(t);
      let store = open(folder);
      await act(store, async () => {
        await store.close();
        store = open(folder);
        return store;
      });
      await store.close();
    });

  withStore('an API that was put is the API that is read, also after a reopen', async (store, reopen) => {
    const definition = { ...definitionOf('api0000001', 'Ünïcode \u0000 "pets"'), documentationVersion: '1' };
    await store.putApi(definition);
    assert.deepEqual(await store.getApi('api0000001'), { definition, stages: [] });
    assert.deepEqual(await (await reopen()).getApi('api0000001'), { definition, stages: [] });
  });

  withStore('an API put again is replaced and keeps its stages', async (store) => {
    await store.putApi(definitionOf('api0000001', 'old'));
    await store.putDeployment(deploymentOf('api0000001', 'dep001'), stageOf('prod', 'dep001'));
    await store.putApi(definitionOf('api0000001', 'new'));
    const stored = await store.getApi('api0000001');
    assert.equal(stored?.definition.restApi.name, 'new');
    assert.deepEqual(stored?.stages, [stageOf('prod', 'dep001')]);
  });

  withStore('APIs are listed in the order of their creation', async (store) => {
    await store.putApi(definitionOf('bbb', 'second', '2024-01-02T00:00:00.000Z'));
    await store.putApi(definitionOf('aaa', 'third', '2024-01-03T00:00:00.000Z'));
    await store.putApi(definitionOf('ccc', 'first', '2024-01-01T00:00:00.000Z'));
    assert.deepEqual(
      (await store.listApis()).map((api) => api.name),
      ['first', 'second', 'third'],
    );
  });

  withStore('deleting an API deletes its stages and deployments, and no other', async (store) => {
    for (const id of ['aaa', 'bbb']) {
      await store.putApi(definitionOf(id));
      await store.putDeployment(deploymentOf(id, 'dep001'), stageOf('prod', 'dep001'));
    }
    await store.deleteApi('aaa');
    assert.equal(await store.getApi('aaa'), undefined);
    assert.deepEqual(await store.listDeployments('aaa'), []);
    assert.equal((await store.getApi('bbb'))?.stages.length, 1);
    assert.equal((await store.listDeployments('bbb')).length, 1);
  });

  withStore('deployments are listed in the order they were made', async (store) => {
    await store.putApi(definitionOf('aaa'));
    for (const id of ['zzz', 'mmm', 'aaa']) await store.putDeployment(deploymentOf('aaa', id), undefined);
    assert.deepEqual(await store.listDeployments('aaa'), [
      deploymentOf('aaa', 'zzz'),
      deploymentOf('aaa', 'mmm'),
      deploymentOf('aaa', 'aaa'),
    ]);
  });

  withStore('a deployment that is refused leaves its stage as it was', async (store) => {
    await store.putApi(definitionOf('aaa'));
    await store.putDeployment(deploymentOf('aaa', 'dep001'), stageOf('prod', 'dep001'));
    await assert.rejects(store.putDeployment(deploymentOf('aaa', 'dep001'), stageOf('prod', 'other')));
    await assert.rejects(store.putDeployment(deploymentOf('nobody', 'dep001'), stageOf('prod', 'dep001')));
    assert.deepEqual((await store.getApi('aaa'))?.stages, [stageOf('prod', 'dep001')]);
    assert.equal((await store.listDeployments('aaa')).length, 1);
  });

  withStore('a stage is put, replaced and deleted', async (store) => {
    await store.putApi(definitionOf('aaa'));
    await store.putStage('aaa', stageOf('prod', 'one'));
    await store.putStage('aaa', stageOf('prod', 'two'));
    await store.putStage('aaa', stageOf('dev', 'one'));
    assert.deepEqual((await store.getApi('aaa'))?.stages, [stageOf('dev', 'one'), stageOf('prod', 'two')]);
    await store.deleteStage('aaa', 'prod');
    assert.deepEqual((await store.getApi('aaa'))?.stages, [stageOf('dev', 'one')]);
  });

  withStore('a stage of an unknown API is refused', async (store) => {
    await assert.rejects(store.putStage('nobody', stageOf('prod', 'one')));
  });

  withStore('settings are kept across a reopen', async (store, reopen) => {
    assert.equal(await store.getSetting('region'), undefined);
    await store.putSetting('region', 'eu-west-1');
    await store.putSetting('region', "us-east-1'; DROP TABLE api; --");
    assert.equal(await (await reopen()).getSetting('region'), "us-east-1'; DROP TABLE api; --");
  });

  withStore('closing twice is allowed', async (store) => {
    await store.close();
    await store.close();
  });
}
