// Whose keys sign the call of an AWS integration.

import type { Credentials } from '../base/sigv4/index.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { Tools } from '../exchange/tools.ts';
import type { Integration } from '../resources/index.ts';

/** Keys, or for the log why there are none. */
export type FoundCredentials = Credentials | { readonly missing: string };

/** Whether credentials stand for those of the caller: `arn:aws:iam::*:user/*`, also as documents escape it. */
export const areCallers = (credentials: string): boolean =>
  /^arn:[a-z-]+:iam::\\?\*:user\/\\?\*$/.test(credentials);

/**
 * Reads an integration's `credentials`: a role, whose keys are configured, or the caller.
 *
 * @param service - for the log
 * @returns to be asked per call: keys are configured anew without a deployment
 * @see data-plane reference, section 12
 */
export function compileCredentials(
  integration: Integration,
  service: string,
  stageVariables: Readonly<Record<string, string>>,
  tools: Tools,
): (exchange: Exchange) => FoundCredentials {
  const arn = withStageVariables(integration.credentials ?? '', stageVariables);
  if (arn === '') {
    const missing = `The integration has no credentials for service "${service}": set "credentials" to the ARN of a role`;
    return () => ({ missing });
  }
  const isWritten = arn === integration.credentials;
  if (areCallers(arn)) return credentialsOfCaller;
  const missing = `Role "${arn}" has no keys: name it in the setting "roles", or let a role of the account trust apigateway.amazonaws.com`;
  return () => {
    const role = tools.backends.role(arn);
    // Which role of the account it is was to be seen by whoever let it be handed to the gateway.
    if (role === null || (role.allows !== undefined && !isWritten)) return { missing };
    const { accessKeyId, secretAccessKey, sessionToken } = role;
    return { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) };
  };
}

const credentialsOfCaller = ({ authorization }: Exchange): FoundCredentials =>
  authorization?.rights?.keys ?? {
    missing:
      'Credentials of the caller are wanted, and nobody has signed: set the authorization type of the method to AWS_IAM',
  };
