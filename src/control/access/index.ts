// Who may call the management API: users, their keys and policies.

export { userArn } from '../user-arn.ts';
export { accessActs, type ListedKey, type ListedUser } from './acts.ts';
export type { Preset } from './administrator.ts';
export { type AuditRecord, type AuditTrail, createAuditTrail, type LocalRecord } from './audit-trail.ts';
export { type AuthenticateOptions, authenticateAnyone, createAuthenticate } from './authenticate.ts';
export { ensureAdministrator, type FirstAccess } from './first-access.ts';
