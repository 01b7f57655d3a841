// Who calls the management API, and whether they may: the signature first, then the user's policies.

import { valueIn } from '../../base/flat-list.ts';
import {
  checkScope,
  checkSignature,
  checkTime,
  isRefusal,
  type Refusal,
  readSignature,
  type Signature,
  type SignedParts,
  SigningKeys,
  sha256Hex,
  unknownClient,
} from '../../base/sigv4/index.ts';
import type { AccessKey, IamUser } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account, Caller } from '../api/handler.ts';
import { AccessDenied, AwsException } from '../protocol/exceptions.ts';
import { type CallName, callNamed } from '../protocol/services.ts';
import type { Authenticate, SignedRequest } from '../protocol/signed-request.ts';
import { userArn } from '../user-arn.ts';
import { requestContext } from './request-context.ts';
import { decide } from './user-policies.ts';

export interface AuthenticateOptions {
  readonly account: Pick<Account, 'accountId' | 'region' | 'partition'>;
  /** Users and access keys are read from it for each request, so a removed key ends at once. */
  readonly view: View;
  /** Whether the port speaks TLS: `aws:SecureTransport`. */
  readonly isTls: boolean;
  /** Wall time. */
  nowMs(): number;
}

/**
 * The management API's guard. It refuses, in this order: what is no signature, one of another region, service or day,
 * an unknown key, one that is too old or too new, one that the secret does not make, and what the policies of the
 * user do not allow.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const keys = new SigningKeys();
  const signer = (head: SignedHead) => {
    const parts = partsOf(head);
    const signature = readSignature(parts);
    if (isRefusal(signature)) throw refused(signature);
    const known = identify(signature, head.operation, options);
    if (isRefusal(known)) throw refused(known);
    return { parts, signature, ...known };
  };
  const authenticate = (request: SignedRequest): Caller => {
    const { parts, signature, accessKey, user } = signer(request);
    const bodyHash = sha256Hex(request.body);
    const refusal = checkSignature(signature, parts, bodyHash, accessKey.secretAccessKey, keys);
    if (refusal !== null) throw refused(refusal);
    const caller = callerOf(request, userArn(options.account, user.userName), user.userName, signature);
    authorize(request, user, caller, options);
    return caller;
  };
  return Object.assign(authenticate, {
    admit: (head: SignedHead) => {
      signer(head);
    },
  });
}

type SignedHead = Omit<SignedRequest, 'body' | 'resourceArn'>;

/**
 * For `--dev`: lets everybody do everything, signed or not. Whoever wires it must see to it that only this machine
 * can reach the port.
 */
export function authenticateAnyone(account: Pick<Account, 'accountId' | 'partition'>): Authenticate {
  const arn = `arn:${account.partition}:iam::${account.accountId}:root`;
  return (request) => {
    const signature = readSignature(partsOf(request));
    return callerOf(request, arn, 'anyone', isRefusal(signature) ? null : signature);
  };
}

/** Whose signature it says it is, and whether it can be a right one: of this region, service and time. */
function identify(
  signature: Signature,
  operation: CallName,
  { account, view, nowMs }: AuthenticateOptions,
): { readonly accessKey: AccessKey; readonly user: IamUser } | Refusal {
  const scopeRefusal = checkScope(signature, account.region, callNamed(operation).service.signingName);
  if (scopeRefusal !== null) return scopeRefusal;
  const accessKey = view.get('accessKey', '', signature.accessKeyId);
  // There are no temporary credentials, so no session token is a valid one.
  if (accessKey?.status !== 'Active' || signature.sessionToken !== null) return unknownClient;
  const user = view.get('iamUser', '', accessKey.userName);
  if (user === undefined) return unknownClient;
  return checkTime(signature, nowMs()) ?? { accessKey, user };
}

/** @throws AccessDenied */
function authorize(
  request: SignedRequest,
  user: IamUser,
  caller: Caller,
  { account, isTls, nowMs }: AuthenticateOptions,
): void {
  const { service, operationName } = callNamed(request.operation);
  const action = service.actionOf(operationName, request.method);
  const resource = request.resourceArn;
  const decision = decide(user, {
    action,
    resource,
    context: requestContext({
      user,
      userArn: caller.arn,
      sourceIp: caller.sourceIp,
      userAgent: caller.userAgent,
      referer: valueIn(request.fields, 'referer') ?? undefined,
      isTls,
      nowMs: nowMs(),
      account,
    }),
  });
  if (decision === 'allow') return;
  const reason =
    decision === 'deny'
      ? ' with an explicit deny in an identity-based policy'
      : ` because no identity-based policy allows the ${action} action`;
  throw new AccessDenied(
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}${reason}`,
    caller,
  );
}

const refused = ({ type, message }: Refusal): AwsException => new AwsException(type, 403, message);

const callerOf = (
  { sourceIp, fields }: SignedHead,
  arn: string,
  userName: string,
  signature: Signature | null,
): Caller => ({
  arn,
  userName,
  accessKeyId: signature?.accessKeyId ?? '',
  sourceIp,
  userAgent: valueIn(fields, 'user-agent') ?? '',
});

const partsOf = ({ method, rawPath, rawQuery, fields }: SignedHead): SignedParts => ({
  method,
  path: utf8Of(rawPath),
  query: utf8Of(rawQuery),
  headers: fields,
});

/** The protocol gives bytes above 127 as one character each; signers have hashed UTF-8. */
const utf8Of = (text: string): string =>
  /[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
