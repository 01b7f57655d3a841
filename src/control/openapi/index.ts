export { type CheckTools, checkDefinition } from './check-definition.ts';
export type { ImportOptions } from './import-context.ts';
export { type Imported, importDefinition } from './import-definition.ts';
export { type ImportedDocumentation, importDocumentation } from './import-documentation.ts';
export { checkBytesMax, importBytesMax } from './open-document.ts';
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
