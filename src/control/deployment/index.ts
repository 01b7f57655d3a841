export { type Deployed, DeploymentRefusedError, type DeployRequest, deployApi } from './deploy-api.ts';
export { type AccountSettings, accountDefaults, publish } from './publish.ts';
export type { StageSettings } from './stage-settings.ts';
