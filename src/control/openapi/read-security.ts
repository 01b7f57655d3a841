// Security schemes as authorizers, and what an operation's `security` means for its method.

import type { AuthorizationType, Authorizer } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import { compact, type ImportContext } from './import-context.ts';

/** The part of a Method that security decides. */
export interface MethodSecurity {
  readonly authorizationType: AuthorizationType;
  readonly authorizerId?: string;
  readonly authorizationScopes?: readonly string[];
  readonly apiKeyRequired: boolean;
}

type Scheme =
  | { readonly kind: 'authorizer'; readonly authorizer: Authorizer; readonly type: AuthorizationType }
  | { readonly kind: 'iam' }
  | { readonly kind: 'apiKey' }
  /** Means nothing to API Gateway: the method stays open. */
  | { readonly kind: 'open'; readonly why: string };

const authorizerTypes = ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS', 'JWT'] as const;
/** AWS's default for imported authorizers. */
const resultTtlDefault = 300;

export class SecurityTable {
  readonly #context: ImportContext;
  readonly #schemes = new Map<string, Scheme>();

  constructor(context: ImportContext) {
    this.#context = context;
    const { root, major } = context;
    const declared =
      major === 2
        ? context.map(root, 'securityDefinitions')
        : context.map(root.get('components'), 'securitySchemes');
    for (const [name, written] of declared?.entries() ?? []) {
      const scheme = context.resolve(written);
      if (scheme !== undefined) this.#schemes.set(name, this.#read(name, scheme));
    }
  }

  get authorizers(): readonly Authorizer[] {
    return [...this.#schemes.values()].flatMap((scheme) =>
      scheme.kind === 'authorizer' ? [scheme.authorizer] : [],
    );
  }

  /** What protects an operation: its own `security`, else the document's; `x-amazon-apigateway-auth` wins over both. */
  securityOf(operation: Cursor): MethodSecurity {
    const context = this.#context;
    const auth = context.extensionMap(operation, 'x-amazon-apigateway-auth');
    if (auth !== undefined && auth.get('type') === undefined) {
      context.error(auth, 'x-amazon-apigateway-auth needs a type: NONE or AWS_IAM');
    }
    const type = context.choice(
      auth,
      'type',
      ['NONE', 'AWS_IAM'] as const,
      'putMethodInput.authorizationType',
    );
    const read = this.#requirements(operation.get('security') ?? context.root.get('security'));
    if (type === undefined) return read;
    return { authorizationType: type, apiKeyRequired: read.apiKeyRequired };
  }

  #requirements(security: Cursor | undefined): MethodSecurity {
    let result: MethodSecurity = { authorizationType: 'NONE', apiKeyRequired: false };
    for (const [name, scopes] of this.#schemesNamed(security)) {
      const scheme = this.#schemes.get(name);
      if (scheme === undefined) {
        this.#context.atKey('error', scopes, `No security scheme is called "${name}"`);
      } else if (scheme.kind === 'apiKey') {
        result = { ...result, apiKeyRequired: true };
      } else if (scheme.kind === 'open') {
        const fix = 'add x-amazon-apigateway-authorizer to the scheme, or check the caller in the backend';
        this.#context.atKey(
          'warning',
          scopes,
          `The security scheme "${name}" protects nothing here: ${scheme.why}`,
          fix,
        );
      } else if (result.authorizationType !== 'NONE') {
        const message = `A method has one authorizer: the security scheme "${name}" is left out`;
        this.#context.atKey('warning', scopes, message);
      } else result = { ...result, ...authorization(scheme, scopes) };
    }
    return result;
  }

  // Of the wrong shape it would name nothing, and the method would be open without a word.
  #schemesNamed(security: Cursor | undefined): [string, Cursor][] {
    if (security !== undefined && !security.isList) {
      this.#context.error(
        security,
        'Expected "security" to be a list of maps',
        'write security: [{ NAME: [] }]',
      );
    }
    return (security?.items() ?? []).flatMap((alternative) => {
      if (alternative.isMap) return alternative.entries();
      this.#context.error(
        alternative,
        'Expected "security" to be a list of maps',
        'write security: [{ NAME: [] }]',
      );
      return [];
    });
  }

  #read(name: string, scheme: Cursor): Scheme {
    const context = this.#context;
    const authtype = context.extension(scheme, 'x-amazon-apigateway-authtype')?.value;
    const written = context.extensionMap(scheme, 'x-amazon-apigateway-authorizer');
    if (written !== undefined) return this.#authorizer(name, scheme, written, authtype);
    if (typeof authtype === 'string' && authtype.toLowerCase() === 'awssigv4') return { kind: 'iam' };
    if (typeof authtype === 'string') {
      context.error(
        scheme,
        `The security scheme "${name}" has an authtype but no x-amazon-apigateway-authorizer`,
      );
      return { kind: 'open', why: 'it has no x-amazon-apigateway-authorizer' };
    }
    const isKey = scheme.get('type')?.value === 'apiKey' && scheme.get('in')?.value === 'header';
    if (isKey && context.text(scheme, 'name')?.toLowerCase() === 'x-api-key') return { kind: 'apiKey' };
    return {
      kind: 'open',
      why: 'API Gateway knows only the header x-api-key and schemes with an AWS extension',
    };
  }

  #authorizer(name: string, scheme: Cursor, at: Cursor, authtype: unknown): Scheme {
    const context = this.#context;
    const type = context.choice(at, 'type', authorizerTypes, 'createAuthorizerInput.type');
    if (type === undefined && at.get('type') === undefined) {
      context.error(at, `The authorizer "${name}" needs a type: token, request or cognito_user_pools`);
    }
    const header = context.text(scheme, 'name');
    const isNamed = scheme.get('in')?.value === 'header' && header !== undefined && header !== 'Unused';
    const ttl = context.number(at, 'authorizerResultTtlInSeconds') ?? resultTtlDefault;
    const jwt = at.get('jwtConfiguration');
    const authorizer: Authorizer = compact({
      id: context.options.existing?.authorizers.find((one) => one.name === name)?.id ?? context.newId(6),
      name,
      type: type ?? 'TOKEN',
      providerARNs: context.texts(at, 'providerARNs'),
      authType:
        typeof authtype === 'string'
          ? authtype
          : type === 'COGNITO_USER_POOLS'
            ? 'cognito_user_pools'
            : 'custom',
      authorizerUri: context.text(at, 'authorizerUri'),
      authorizerCredentials: context.text(at, 'authorizerCredentials'),
      identitySource:
        context.text(at, 'identitySource') ?? (isNamed ? `method.request.header.${header}` : undefined),
      identityValidationExpression: context.text(at, 'identityValidationExpression'),
      authorizerResultTtlInSeconds: ttl,
      jwtConfiguration:
        jwt === undefined
          ? undefined
          : compact({ issuer: context.text(jwt, 'issuer'), audience: context.texts(jwt, 'audience') }),
    });
    this.#check(name, at, authorizer);
    return { kind: 'authorizer', authorizer, type: type === 'COGNITO_USER_POOLS' ? type : 'CUSTOM' };
  }

  #check(name: string, at: Cursor, authorizer: Authorizer): void {
    const ttl = authorizer.authorizerResultTtlInSeconds!;
    if (ttl < 0 || ttl > 3600 || !Number.isInteger(ttl)) {
      this.#context.error(at, 'authorizerResultTtlInSeconds should be between 0 and 3600');
    }
    const needsUri = authorizer.type === 'TOKEN' || authorizer.type === 'REQUEST';
    if (needsUri && authorizer.authorizerUri === undefined) {
      this.#context.error(at, `Unable to create authorizer '${name}': Authorizer Uri must be specified`);
    }
    if (authorizer.type === 'COGNITO_USER_POOLS' && (authorizer.providerARNs ?? []).length === 0) {
      this.#context.error(
        at,
        `Unable to create authorizer '${name}': At least one provider ARN must be specified`,
      );
    }
  }
}

function authorization(scheme: Scheme, scopes: Cursor): Partial<MethodSecurity> {
  if (scheme.kind !== 'authorizer') return { authorizationType: 'AWS_IAM' };
  const names = scopes.items().map((scope) => scope.word);
  return {
    authorizationType: scheme.type,
    authorizerId: scheme.authorizer.id,
    ...(names.length > 0 ? { authorizationScopes: names } : {}),
  };
}
