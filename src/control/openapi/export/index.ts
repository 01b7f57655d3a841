export { exportDefinition, exportVersion } from './export-definition.ts';
export {
  type ExportedDocumentation,
  type ExportFormat,
  type ExportOptions,
  extensionsOf,
} from './export-options.ts';
export { syntaxOf, writeExport } from './write-export.ts';
