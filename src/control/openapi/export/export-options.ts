// What a client may ask of an export, and what the parts of an export share.

import type { DocumentationPart } from '../../../resources/index.ts';
import { DocumentationIndex } from './documentation-index.ts';

export type ExportFormat = 'swagger' | 'oas30';

/** A version of the documentation, as a stage names it. */
export interface ExportedDocumentation {
  readonly version: string;
  /** ISO 8601. */
  readonly createdDate: string;
  readonly parts: readonly DocumentationPart[];
}

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly stageName: string;
  /** Where the API is reached: host name, with a port where it has one. */
  readonly host: string;
  readonly region: string;
  readonly extensions: ReadonlySet<Extension>;
  readonly documentation?: ExportedDocumentation;
}

/** Groups of extensions, each of which is exported or not. */
export type Extension =
  | 'integrations'
  | 'authorizers'
  | 'validators'
  | 'gatewayresponses'
  | 'documentation'
  | 'postman'
  /** What only `apigateway` brings: policy, compression, source of the API key, endpoint, tags. */
  | 'settings';

/** Words that stand for one group each. */
const words: readonly Extension[] = [
  ...(['integrations', 'authorizers', 'validators', 'gatewayresponses'] as const),
  ...(['documentation', 'postman'] as const),
];
/** What `apigateway` stands for: everything that an import needs to make the API again. */
const whole: readonly Extension[] = [
  ...(['integrations', 'authorizers', 'validators', 'gatewayresponses', 'settings'] as const),
];

/**
 * Reads the query parameter `extensions`: words with commas between them. A word that nobody knows is passed over, as
 * the service does.
 */
export function extensionsOf(text: string | undefined): ReadonlySet<Extension> {
  const asked = (text ?? '').split(',').map((word) => word.trim().toLowerCase());
  return new Set([
    ...words.filter((word) => asked.includes(word)),
    ...(asked.includes('apigateway') ? whole : []),
  ]);
}

/** One export under way. */
export class ExportContext {
  readonly options: ExportOptions;
  readonly documentation: DocumentationIndex;

  constructor(options: ExportOptions) {
    this.options = options;
    this.documentation = new DocumentationIndex(options.documentation?.parts ?? []);
  }

  get isSwagger(): boolean {
    return this.options.format === 'swagger';
  }

  has(extension: Extension): boolean {
    return this.options.extensions.has(extension);
  }

  /** The address of a model within the document. */
  refTo(modelName: string): string {
    return `#/${this.isSwagger ? 'definitions' : 'components/schemas'}/${modelName}`;
  }
}
