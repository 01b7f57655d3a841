// Who signed a request, as `$context.identity` tells it, and what may be done in their name.

import type { Credentials } from '../base/sigv4/index.ts';

export interface Caller {
  /** `$context.identity.accessKey` */
  readonly accessKeyId: string;
  /** `$context.identity.accountId`: of the caller's account. */
  readonly accountId: string;
  /** `$context.identity.caller` and `.user`: `AIDA...` */
  readonly userId: string;
  /** `$context.identity.userArn`; of a session of a role `arn:aws:sts::...:assumed-role/name/session` */
  readonly arn: string;
  /** What conditions of policies know of them, by name in lower case: `aws:username`, `aws:principaltag/team`. */
  readonly conditionKeys: ReadonlyMap<string, string>;
}

/** What may be done in somebody's name. No mapping, event or log has it. */
export interface CallerRights {
  readonly arn: string;
  /** Their keys: calls of services are signed with them. */
  readonly keys: Credentials;
  /** Whether their policies let them. @param action - `lambda:InvokeFunction` */
  allows(action: string, resource: string): boolean;
}
