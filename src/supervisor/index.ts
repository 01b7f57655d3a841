// What others may use of this room.

export { openFilesMax } from '../base/open-files.ts';
export { buildId, packageFolder, version } from './build-id.ts';
export { type Launch, runDataPlane, type ServingGateway, type StartGateway } from './data-plane-life.ts';
export {
  type FunctionHostKind,
  type FunctionHostSettings,
  runFunctionHost,
  type ServingFunctions,
} from './function-host-life.ts';
export { StartError } from './launch.ts';
export type { Adopted, FunctionHostHello, FunctionsAdopted, Hello, Status } from './protocol.ts';
export { prepareFolder, runFolder } from './run-folder.ts';
export {
  type AdoptReport,
  adoptEverywhere,
  askSupervisor,
  runningStatus,
  type StopReport,
  sampledEverywhere,
  stopRunning,
  testInvokeSomewhere,
} from './running.ts';
export { type Control, Supervisor, type SupervisorOptions } from './supervisor.ts';
