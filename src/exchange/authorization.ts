// What was found out about who sends a request, and how: read by mappings, events and logs. Made for requests of methods
// that ask; filled by authorizers/.

import type { Caller, CallerRights } from './caller.ts';
import type { PlanMember } from './plan-member.ts';

/** What the function of an authorizer said of its caller; shared by all requests that its answer is kept for. */
export interface AuthorizerIdentity {
  readonly principalId: string;
  /** Values as text: `"true"`, `"1"`. Without a prototype. */
  readonly context: Readonly<Record<string, string>>;
  /** API key for usage plans, of APIs whose apiKeySource is AUTHORIZER. */
  readonly usageIdentifierKey: string | null;
  /** Members of `requestContext.authorizer` but the last: `"tenant":"t1","principalId":"u1"`. */
  readonly eventMembers: string;
}

/** What the token of a caller says; shared by all requests with that token. */
export interface TokenClaims {
  /** Each claim as text. Without a prototype. */
  texts(): Readonly<Record<string, string>>;
  /** The same as a JSON object. */
  json(): string;
}

export class Authorization {
  /** AWS_IAM: who signed. */
  caller: Caller | null;
  /** What may be done in their name. */
  rights: CallerRights | null;
  /** Lambda authorizer: its answer. */
  authorizer: AuthorizerIdentity | null;
  /** User pools and issuers: what the token says. */
  claims: TokenClaims | null;
  /** Of methods that require a key: the one that came, whether or not it is good. */
  apiKey: string | null;
  /** null until it is found to be good. */
  apiKeyId: string | null;
  /** Whose limits hold; null where no usage plan counts the key. */
  planMember: PlanMember | null;

  /** `$context.authenticate.*`: of a signature. Status 0: the step was not taken. */
  authenticateStatus: number;
  authenticateError: string | null;
  /** `$context.authorize.*`: of policies. */
  authorizeStatus: number;
  authorizeError: string | null;
  /** `$context.authorizer.*`: of a Lambda authorizer. */
  authorizerStatus: number;
  authorizerError: string | null;
  /** Whole milliseconds; 0 where an earlier answer was kept. */
  authorizerLatencyMs: number;
  /** HTTP status of the call of the function; 0: none was made. */
  authorizerIntegrationStatus: number;
  /** What the function calls the call. */
  authorizerRequestId: string | null;

  constructor() {
    this.caller = null;
    this.rights = null;
    this.authorizer = null;
    this.claims = null;
    this.apiKey = null;
    this.apiKeyId = null;
    this.planMember = null;
    this.authenticateStatus = 0;
    this.authenticateError = null;
    this.authorizeStatus = 0;
    this.authorizeError = null;
    this.authorizerStatus = 0;
    this.authorizerError = null;
    this.authorizerLatencyMs = 0;
    this.authorizerIntegrationStatus = 0;
    this.authorizerRequestId = null;
  }
}
