// Deployments: an API as it was when it was frozen.

import type { Deployment } from '../../resources/index.ts';
import { createDeployment } from '../deployment/create-deployment.ts';
import { epochSeconds, type Handlers, writes } from './handler.ts';

export const deployments = {
  CreateDeployment: writes<'CreateDeployment'>((input, transaction, context) => {
    const { restApiId, stageName, stageDescription, description, canarySettings, ...stage } = input;
    return presentDeployment(
      createDeployment(transaction, context, {
        apiId: restApiId,
        description,
        stageName,
        stage: stageDescription === undefined ? stage : { ...stage, description: stageDescription },
        canary: canarySettings,
      }),
    );
  }),
} satisfies Partial<Handlers>;

const presentDeployment = ({ id, description, createdDate }: Deployment) => ({
  id,
  description,
  createdDate: epochSeconds(createdDate),
});
