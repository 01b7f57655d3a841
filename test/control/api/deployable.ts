// An API that can be deployed, and what data planes are told of it: for tests of deployments and stages.

import type { PublishedState } from '../../../src/resources/index.ts';
import { readPublishedState } from '../../../src/resources/snapshot-file.ts';
import { type TestControl, testControl } from '../../support/control.ts';
import { apiId, putApi, putMethod } from './support.ts';

export interface Deployable extends TestControl {
  /** What data planes would serve now. @throws when nothing was published */
  readonly published: () => PublishedState;
  /** @returns the id of a deployment that no stage points at */
  readonly deploy: () => Promise<string>;
}

export const restApiId = apiId;
/** The first time of the clock, as the wire has it. */
export const start = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000;

/** A control plane with an API of one method, `GET /`. */
export async function deployable(t: { after(work: () => unknown): void }): Promise<Deployable> {
  const world = await testControl(t);
  await putApi(world);
  await putMethod(world, '/', 'GET', {
    methodIntegration: { type: 'MOCK', passthroughBehavior: 'WHEN_NO_MATCH', timeoutInMillis: 29_000 },
  });
  return {
    ...world,
    published: () => {
      const state = readPublishedState(world.control.services.dataDir);
      if (state === null) throw new Error('nothing was published');
      return state;
    },
    deploy: async () => (await world.call('CreateDeployment', { restApiId })).id,
  };
}
