// Freezing an API: its definition goes into a snapshot file, and a deployment names that file.

import type { ApiDefinition, Deployment } from '../../resources/index.ts';
import type { StoredDeployment, Transaction } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import { writeSnapshot } from './snapshots.ts';

/**
 * Records a deployment and writes its snapshot. The file is on disk before the transaction commits, so the store never
 * names a file that is not there; a file whose transaction fails is removed by a later publish.
 *
 * @param use - points a stage at the deployment; comes before the file, so that what it refuses leaves none
 */
export function freeze(
  transaction: Transaction,
  context: Pick<Context, 'dataDir' | 'newId' | 'now'>,
  definition: ApiDefinition,
  description: string | undefined,
  use: (deploymentId: string) => void,
): StoredDeployment {
  const apiId = definition.restApi.id;
  const deployment: Deployment = {
    id: freeId(context, (id) => transaction.get('deployment', apiId, id) === undefined),
    ...(description === undefined ? {} : { description }),
    createdDate: context.now(),
  };
  transaction.put('deployment', apiId, deployment.id, { ...deployment, hash: '' });
  use(deployment.id);
  const hash = writeSnapshot(context.dataDir, { format: 1, deployment, definition });
  const stored: StoredDeployment = { ...deployment, hash };
  transaction.put('deployment', apiId, deployment.id, stored);
  return stored;
}

function freeId({ newId }: Pick<Context, 'newId'>, isFree: (id: string) => boolean): string {
  for (;;) {
    const id = newId(6);
    if (isFree(id)) return id;
  }
}
