export { type CheckTools, checkDefinition } from './check-definition.ts';
export type { ImportOptions } from './import-context.ts';
export {
  checkBytesMax,
  type Imported,
  importBytesMax,
  importDefinition,
  randomId,
} from './import-definition.ts';
export {
  hasErrors,
  type Problem,
  problemsJson,
  problemsText,
  type Severity,
  sortProblems,
} from './problem.ts';
export { SourceMap } from './source-map.ts';
export { unsafeToServe } from './unsafe-to-serve.ts';
