// Mapping: VTL, JSONPath and lenient JSON. Text in, compiled things out; no I/O.

export { TemplateParseError, TemplateRefusedError, TemplateRenderError } from './errors.ts';
export { LenientJsonError, parseLenientJson } from './json/parse.ts';
export { toJsonText } from './json/write.ts';
export { compileTextPath, memberOfText, notJson } from './json-text.ts';
export { compileJsonPath, type JsonPath } from './jsonpath/json-path.ts';
export { compileSelectionPattern } from './selection-pattern.ts';
export {
  compileTemplate,
  type MappingTemplate,
  type RenderResult,
  type TemplateOverrides,
  type TemplateScope,
} from './template.ts';
export type { Value } from './value/kinds.ts';
export { toDisplayText } from './value/text.ts';
export type { TemplateInput } from './velocity/hosts.ts';
export type { RenderLimits } from './velocity/runtime.ts';
export type { TemplateUses } from './velocity/usage.ts';
