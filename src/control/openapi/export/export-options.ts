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

const all: readonly Extension[] = [
  'integrations',
  'authorizers',
  'validators',
  'gatewayresponses',
  'settings',
];
const alone = new Set<string>(['integrations', 'authorizers', 'validators', 'gatewayresponses']);

/**
 * Reads the query parameter `extensions`: names with commas between them. `apigateway` stands for everything that
 * makes an export importable again; what nobody knows is passed over, as the service does.
 */
export function extensionsOf(text: string | undefined): ReadonlySet<Extension> {
  const found = new Set<Extension>();
  for (const name of (text ?? '').split(',').map((part) => part.trim().toLowerCase())) {
    if (name === 'apigateway') for (const one of all) found.add(one);
    else if (alone.has(name) || name === 'documentation' || name === 'postman') found.add(name as Extension);
  }
  return found;
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
