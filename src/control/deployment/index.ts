export { createDeployment, type DeploymentRequest } from './create-deployment.ts';
export {
  type Deployed,
  DeploymentRefusedError,
  type DeployRequest,
  deployDefinition,
} from './deploy-definition.ts';
export { publishNow } from './publish.ts';
export { putDefinition } from './put-definition.ts';
export { putStage } from './put-stage.ts';
export { historyOf, removeStage } from './stage-history.ts';
export type { StageSettings } from './stage-settings.ts';
