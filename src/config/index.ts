// The process configuration, read once. What others may use of this room.

export { backendSettings, functionEnvironment } from './backend-settings.ts';
export { closest } from './closest.ts';
export { ConfigError } from './config-error.ts';
export * from './data-plane-settings.ts';
export {
  childEnvironment,
  dataPlaneEnvironment,
  dataPlaneFlags,
  type Environment,
  environment,
} from './environment.ts';
export type { FunctionDeclaration } from './functions.ts';
export type { GuardSettings } from './guard-settings.ts';
export { namedSettings, type ProcessConfig } from './process-settings.ts';
export { type ConfigSources, defaultFileName, readConfig } from './read-config.ts';
export type { TlsDomainSettings, TruststoreFile } from './tls-domains.ts';
