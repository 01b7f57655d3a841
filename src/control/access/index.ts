// Who may call the management API: users, their keys and policies.

export { type AuthenticateOptions, authenticateAnyone, createAuthenticate, userArn } from './authenticate.ts';
export { ensureAdministrator, type FirstAccess } from './first-access.ts';
