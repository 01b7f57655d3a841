// A gateway whose published state changes beside its one API: identities, API keys.

import type { TestContext } from 'node:test';
import type { ApiDefinition, PublishedState, Stage } from '../../src/resources/index.ts';
import { startTestGateway, type TestGateway, writePublished } from './gateway.ts';

export interface Republished extends TestGateway {
  /** Publishes the same API with another state beside it. */
  republish(more: Partial<PublishedState>): Promise<void>;
}

export async function startGatewayWith(
  t: TestContext,
  definition: ApiDefinition,
  published: Partial<PublishedState>,
  stage: Partial<Stage> = {},
): Promise<Republished> {
  const apis = [{ definition, stage }];
  const served = await startTestGateway(t, apis, { published });
  return {
    ...served,
    republish: async (more) => {
      writePublished(served.dataDir, apis, more);
      await served.gateway.adopt();
    },
  };
}
