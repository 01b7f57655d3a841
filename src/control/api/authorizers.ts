// Authorizers: who is asked whether a caller may go on.

import type { Authorizer } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { badRequest, concurrentModification, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces, withMember } from '../protocol/patch.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { checkAuthorizer } from './authorizer-rules.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { methodsOf } from './methods-of-api.ts';
import { integerValue, textOrNothing } from './patch-values.ts';
import { freshId } from './tag-rules.ts';

const resultTtlDefault = 300;

const authTypeDefaults: Readonly<Record<Authorizer['type'], string | undefined>> = {
  TOKEN: 'custom',
  REQUEST: 'custom',
  COGNITO_USER_POOLS: 'cognito_user_pools',
  JWT: undefined,
};

export const authorizers = {
  CreateAuthorizer: writes<'CreateAuthorizer'>((input, transaction, context) => {
    const { restApiId, authType, authorizerResultTtlInSeconds, ...members } = input;
    const given = withoutEmpty(members);
    // The service says so when the API is not there.
    if (transaction.get('restApi', '', restApiId) === undefined) throw concurrentModification();
    const existing = transaction.list('authorizer', restApiId);
    const ttl = authorizerResultTtlInSeconds ?? (given.type === 'JWT' ? undefined : resultTtlDefault);
    const kind = authType ?? authTypeDefaults[given.type];
    const authorizer: Authorizer = {
      id: freshId(6, (id) => transaction.get('authorizer', restApiId, id) !== undefined, context),
      ...given,
      ...(kind === undefined ? {} : { authType: kind }),
      ...(ttl === undefined ? {} : { authorizerResultTtlInSeconds: ttl }),
    };
    checkAuthorizer(authorizer);
    refuseTakenName(authorizer, existing);
    refuseAbove(quotas.authorizersPerApi, existing.length, 'authorizers', 'API');
    transaction.put('authorizer', restApiId, authorizer.id, authorizer);
    return authorizer;
  }),

  GetAuthorizer: reads<'GetAuthorizer'>(({ restApiId, authorizerId }, view, { account }) => {
    apiOf(view, restApiId, account);
    return authorizerOf(view, restApiId, authorizerId);
  }),

  GetAuthorizers: reads<'GetAuthorizers'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    return page(
      view.list('authorizer', input.restApiId),
      input,
      ({ id }) => id,
      (authorizer) => authorizer,
    );
  }),

  UpdateAuthorizer: writes<'UpdateAuthorizer'>((input, transaction, { account }) => {
    const { restApiId, authorizerId, patchOperations } = input;
    apiOf(transaction, restApiId, account);
    const before = authorizerOf(transaction, restApiId, authorizerId);
    const changed = patchDocument(before, patchOperations, patches);
    checkAuthorizer(changed);
    refuseTakenName(changed, transaction.list('authorizer', restApiId));
    transaction.put('authorizer', restApiId, authorizerId, changed);
    return changed;
  }),

  DeleteAuthorizer: writes<'DeleteAuthorizer'>(({ restApiId, authorizerId }, transaction, { account }) => {
    apiOf(transaction, restApiId, account);
    const { name } = authorizerOf(transaction, restApiId, authorizerId);
    const user = methodsOf(transaction, restApiId).find(({ method }) => method.authorizerId === authorizerId);
    if (user !== undefined) {
      const place = `${user.verb}/${user.path}`;
      throw conflict(`Cannot delete authorizer '${name}', is referenced in method: ${place}`);
    }
    transaction.remove('authorizer', restApiId, authorizerId);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException `Invalid Authorizer identifier specified` */
export function authorizerOf(view: View, apiId: string, id: string): Authorizer {
  const authorizer = view.get('authorizer', apiId, id);
  if (authorizer === undefined) throw notFound('Invalid Authorizer identifier specified');
  return authorizer;
}

/** An empty text or list says nothing, and is not shown. The name is checked as it is. */
const withoutEmpty = <T extends { readonly name: string }>(members: T): T =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([key, value]) => key === 'name' || (value as { length?: number }).length !== 0,
    ),
  ) as T;

function refuseTakenName({ id, name }: Authorizer, existing: readonly Authorizer[]): void {
  if (existing.some((one) => one.name === name && one.id !== id))
    throw badRequest(`Authorizer name must be unique. Authorizer ${name} already exists in this RestApi.`);
}

const patches: PatchTable<Authorizer> = {
  rows: [
    replaces('/authorizerUri', 'authorizerUri', textOrNothing),
    replaces('/authorizerCredentials', 'authorizerCredentials', textOrNothing),
    replaces('/authorizerResultTtlInSeconds', 'authorizerResultTtlInSeconds', (value) =>
      integerValue(value, 'authorizerResultTtlInSeconds should be between 0 and 3600'),
    ),
    replaces('/authType', 'authType', textOrNothing),
    replaces('/identityValidationExpression', 'identityValidationExpression', textOrNothing),
    replaces('/name', 'name', (value) => value ?? ''),
    replaces('/type', 'type', readType),
    {
      path: '/identitySource',
      ops: ['add', 'replace', 'remove'],
      apply: (authorizer, { op, value }) =>
        withMember(authorizer, 'identitySource', op === 'remove' ? undefined : textOrNothing(value)),
    },
    {
      path: '/providerARNs',
      ops: ['add', 'remove'],
      apply: (authorizer, { op, value = '' }) => {
        const others = (authorizer.providerARNs ?? []).filter((arn) => arn !== value);
        const isGone = op === 'remove' && others.length === (authorizer.providerARNs ?? []).length;
        if (isGone) throw notFound('Invalid parameter name specified');
        return { ...authorizer, providerARNs: op === 'add' ? [...others, value] : others };
      },
    },
  ],
};

function readType(value: string | undefined): Authorizer['type'] {
  if (value !== undefined && Object.hasOwn(authTypeDefaults, value)) return value as Authorizer['type'];
  throw badRequest(
    `Invalid authorizer type specified. Must be one of: [${Object.keys(authTypeDefaults).join(', ')}]`,
  );
}
