// Who may call: signatures, Lambda authorizers, policies of APIs and API keys.

export { masked } from './api-key.ts';
export { Credentials } from './credentials.ts';
export { isIntrospectionUri } from './introspection.ts';
export { Issuers } from './jwt/issuers.ts';
export { signaturesHere } from './jwt/signature.ts';
export {
  createVerifyManagementCall,
  type ManagementCall,
  type ManagementCallOptions,
  type ManagementDecision,
  type VerifyManagementCall,
} from './management-call.ts';
export { notAuthorizedText, stageArn } from './method-arn.ts';
export { compileApiPolicy } from './resource-policy.ts';
export { createSocketAuthorization } from './socket-authorization.ts';
export { StageAuthorization } from './stage-authorization.ts';
export type { AuthorizerTools } from './tools.ts';
export { refuseUnmatched } from './unmatched.ts';
export { isAuthorizationServed } from './unserved.ts';
