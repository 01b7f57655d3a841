// Who can do everything; there is always somebody.

import { decidePermissions } from '../../policy/index.ts';
import type { IamUser } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { permissionsOfUser } from '../identity/permissions-of.ts';
import { deleteConflict } from './access-error.ts';

/** Names as AWS has them for its own policies. */
export const presets = {
  administrator: {
    name: 'AdministratorAccess',
    document: policyText('*', '*'),
  },
  'read-only': {
    name: 'ReadOnlyAccess',
    document: policyText(['apigateway:GET', 'lambda:Get*', 'lambda:List*'], '*'),
  },
} as const;
export type Preset = keyof typeof presets;

function policyText(action: string | readonly string[], resource: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  });
}

const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const places = ['/', '/account', '/restapis', '/restapis/abcdef1234/stages/prod', '/apikeys', '/usageplans'];

/** Whether the user's policies allow everything from anywhere at any time: conditions find no values. */
function isAllowedEverything(view: View, user: IamUser): boolean {
  const permissions = permissionsOfUser(view, user);
  return verbs.every((verb) =>
    places.every(
      (place) =>
        decidePermissions(permissions, {
          action: `apigateway:${verb}`,
          resource: `arn:aws:apigateway:us-east-1::${place}`,
          context: () => undefined,
        }) === 'allow',
    ),
  );
}

/** Whether somebody can do everything and has a key to sign with. */
export function hasAdministrator(view: View): boolean {
  const withKey = new Set(
    view
      .list('accessKey', '')
      .filter(({ status }) => status === 'Active')
      .map(({ userName }) => userName),
  );
  return view
    .list('iamUser', '')
    .some((user) => withKey.has(user.userName) && isAllowedEverything(view, user));
}

/**
 * Does something to users, unless nobody would be left who can do everything.
 *
 * @throws DeleteConflict 409; the transaction is undone then
 */
export function keepingAnAdministrator<T>(transaction: Transaction, work: () => T): T {
  const had = hasAdministrator(transaction);
  const result = work();
  if (had && !hasAdministrator(transaction)) {
    throw deleteConflict(
      'Nobody would be left who can do everything: give another user with an active key the policy AdministratorAccess first.',
    );
  }
  return result;
}
