// The host's side of the socket, and the host as its process runs it.

export { type FunctionsServer, type FunctionsServerOptions, serveFunctions } from './functions-server.ts';
export {
  type FunctionHostFolders,
  type RunningFunctionHost,
  type StartFunctionHostOptions,
  startFunctionHost,
  sweepEnvironments,
} from './start-function-host.ts';
