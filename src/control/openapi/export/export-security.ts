// Authorizers, API keys and IAM as security schemes, and what a method's `security` says of them.

import type { ApiDefinition, Authorizer, Method } from '../../../resources/index.ts';
import { compact } from '../import-context.ts';
import { standardMembers } from './documentation-index.ts';
import type { ExportContext } from './export-options.ts';

type Requirement = Readonly<Record<string, readonly string[]>>;

/** Schemes come into the document as methods name them, authorizers in any case. */
export class SecurityExport {
  readonly #context: ExportContext;
  readonly #nameById = new Map<string, string>();
  readonly #authorizers: readonly Authorizer[];
  readonly #iamName: string;
  readonly #keyName: string;
  #usesIam = false;
  #usesKeys = false;

  constructor({ authorizers }: ApiDefinition, context: ExportContext) {
    this.#context = context;
    this.#authorizers = authorizers;
    const taken = new Set<string>();
    for (const { id, name } of authorizers) this.#nameById.set(id, freeName(name, taken));
    this.#iamName = freeName('sigv4', taken);
    this.#keyName = freeName('api_key', taken);
  }

  /** A method's `security`; undefined when anybody may call it. */
  requirementsOf(method: Method): readonly Requirement[] | undefined {
    const requirements: Requirement[] = [];
    if (method.authorizationType === 'AWS_IAM') {
      this.#usesIam = true;
      requirements.push({ [this.#iamName]: [] });
    }
    if (method.authorizationType === 'CUSTOM' || method.authorizationType === 'COGNITO_USER_POOLS') {
      // An authorizer that is gone is still asked for: nobody shall read the method as open.
      const id = method.authorizerId ?? 'authorizer';
      requirements.push({ [this.#nameById.get(id) ?? id]: method.authorizationScopes ?? [] });
    }
    if (method.apiKeyRequired) {
      this.#usesKeys = true;
      requirements.push({ [this.#keyName]: [] });
    }
    return requirements.length === 0 ? undefined : requirements;
  }

  /** To be asked last. undefined when there are none. */
  schemes(): Record<string, unknown> | undefined {
    const extended = this.#context.has('authorizers');
    const found = this.#authorizers.map((one): [string, unknown] => [
      this.#nameById.get(one.id)!,
      this.#scheme(one, extended),
    ]);
    if (this.#usesKeys) found.push([this.#keyName, { type: 'apiKey', name: 'x-api-key', in: 'header' }]);
    if (this.#usesIam) {
      const authtype = extended ? { 'x-amazon-apigateway-authtype': 'awsSigv4' } : {};
      found.push([this.#iamName, { type: 'apiKey', name: 'Authorization', in: 'header', ...authtype }]);
    }
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }

  #scheme(authorizer: Authorizer, extended: boolean): object {
    const header = headerOf(authorizer);
    const scheme = {
      type: 'apiKey',
      name: header ?? 'Unused',
      in: 'header',
      ...standardMembers(
        this.#context.documentation.of('AUTHORIZER', { name: authorizer.name }),
        'description',
      ),
    };
    if (!extended) return scheme;
    const isCognito = authorizer.type === 'COGNITO_USER_POOLS';
    return {
      ...scheme,
      'x-amazon-apigateway-authtype': authorizer.authType ?? (isCognito ? 'cognito_user_pools' : 'custom'),
      'x-amazon-apigateway-authorizer': compact({
        type: authorizer.type.toLowerCase(),
        authorizerUri: authorizer.authorizerUri,
        authorizerCredentials: authorizer.authorizerCredentials,
        providerARNs: authorizer.providerARNs,
        // Where the scheme's own name says it, it is not said twice.
        identitySource:
          header === undefined || authorizer.type === 'REQUEST' ? authorizer.identitySource : undefined,
        identityValidationExpression: authorizer.identityValidationExpression,
        authorizerResultTtlInSeconds: authorizer.authorizerResultTtlInSeconds,
        jwtConfiguration: authorizer.jwtConfiguration,
      }),
    };
  }
}

/** The one header in which an authorizer finds its caller; undefined when there are several sources, or none. */
function headerOf({ identitySource }: Authorizer): string | undefined {
  const found = /^method\.request\.header\.([^,\s]+)$/.exec(identitySource ?? '')?.[1];
  return found === 'Unused' ? undefined : found;
}

/** `name`, or one like it that is not taken yet. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  taken.add(free);
  return free;
}
