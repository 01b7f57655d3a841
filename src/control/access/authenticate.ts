// Who calls the management API, and whether they may: the signature first, then the user's policies.

import { valueIn } from '../../base/flat-list.ts';
import { isLoopback } from '../../base/loopback.ts';
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
import { type ContextValue, type Decision, decidePermissions } from '../../policy/index.ts';
import type { View } from '../../store/index.ts';
import type { Account, Caller } from '../api/handler.ts';
import { AccessDenied, AwsException } from '../protocol/exceptions.ts';
import { type CallName, callNamed } from '../protocol/services.ts';
import type { Authenticate, SignedRequest } from '../protocol/signed-request.ts';
import { denialText } from './access-error.ts';
import { requestContext } from './request-context.ts';
import { type Signer, signerOf } from './signer.ts';

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
 * an unknown key or session token, an expired one, one that is too old or too new, one that the secret does not make,
 * and what the policies of the user or role do not allow.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const keys = new SigningKeys();
  const signer = (head: SignedHead) => {
    const parts = partsOf(head);
    const signature = readSignature(parts);
    if (isRefusal(signature)) throw refused(signature);
    const known = identify(signature, head.operation, options);
    if (isRefusal(known)) throw refused(known);
    return { parts, signature, known };
  };
  const authenticate = (request: SignedRequest): Caller => {
    const { parts, signature, known } = signer(request);
    const bodyHash = sha256Hex(request.body);
    const refusal = checkSignature(signature, parts, bodyHash, known.secretAccessKey, keys);
    if (refusal !== null) throw refused(refusal);
    const context = contextOf(request, known, options);
    const decide = (action: string, resource: string, more?: MoreContext): Decision =>
      decidePermissions(known.permissions, {
        action,
        resource,
        context: more === undefined ? context : (key) => more(key) ?? context(key),
      });
    const { arn, userName, userId } = known;
    const identity = { signer: known, context, decide };
    const caller = { ...callerOf(request, arn, userName, signature), userId, identity };
    authorize(request, caller, decide);
    return caller;
  };
  return Object.assign(authenticate, {
    admit: (head: SignedHead) => {
      signer(head);
    },
  });
}

type SignedHead = Omit<SignedRequest, 'body' | 'resourceArn' | 'contextOf'>;
type MoreContext = (key: string) => ContextValue | undefined;

/** What a browser sends for a page of another site; such a page reaches this machine though nobody else does. */
function isOfWebPage({ fields }: SignedHead): boolean {
  const site = valueIn(fields, 'sec-fetch-site');
  return valueIn(fields, 'origin') !== null || (site !== null && site !== 'none');
}

/** Such a page may also make its own name one of this machine, and is then no other site to its browser. */
function isOfThisMachine({ fields }: SignedHead): boolean {
  const name = (valueIn(fields, 'host') ?? 'localhost').toLowerCase().replace(/:\d*$/, '');
  return isLoopback(name.replace(/^\[(.*)\]$/, '$1')) || name.endsWith('.localhost');
}

/**
 * For `--dev`: lets everybody do everything, signed or not. Whoever wires it must see to it that only this machine
 * can reach the port.
 */
export function authenticateAnyone(account: Pick<Account, 'accountId' | 'partition'>): Authenticate {
  const arn = `arn:${account.partition}:iam::${account.accountId}:root`;
  return (request) => {
    if (isOfWebPage(request))
      throw new AwsException('AccessDeniedException', 403, 'Web pages may not call the management API');
    if (!isOfThisMachine(request)) throw new AwsException('AccessDeniedException', 403, foreignName);
    const signature = readSignature(partsOf(request));
    return callerOf(request, arn, 'anyone', isRefusal(signature) ? null : signature);
  };
}

const foreignName =
  'A management API that asks for no credentials is called as localhost or by a loopback address';

/** Whose signature it says it is, and whether it can be a right one: of this region, service and time. */
function identify(
  signature: Signature,
  operation: CallName,
  { account, view, nowMs }: AuthenticateOptions,
): Signer | Refusal {
  const { service } = callNamed(operation);
  const isOfAll = service.isGlobal === true && signature.region === globalRegion;
  const scopeRefusal = checkScope(signature, isOfAll ? globalRegion : account.region, service.signingName);
  if (scopeRefusal !== null) return scopeRefusal;
  const now = nowMs();
  const known = signerOf(signature, view, account, now);
  return isRefusal(known) ? known : (checkTime(signature, now) ?? known);
}

const globalRegion = 'us-east-1';

const contextOf = (
  { sourceIp, fields, contextOf: ofService }: SignedRequest,
  signer: Signer,
  { account, isTls, nowMs }: AuthenticateOptions,
) =>
  requestContext({
    signer,
    sourceIp,
    userAgent: valueIn(fields, 'user-agent') ?? '',
    referer: valueIn(fields, 'referer') ?? undefined,
    isTls,
    nowMs: nowMs(),
    account,
    ofService,
  });

/** @throws AccessDenied */
function authorize(
  request: SignedRequest,
  caller: Caller,
  decide: (action: string, resource: string) => Decision,
): void {
  const { service, operationName } = callNamed(request.operation);
  // Who has a session of their own has it for other services: none has been shown to be them a second time.
  if (service.name === 'iam' && caller.identity?.signer.session?.session.userId !== undefined)
    throw refused(unknownClient);
  if (service.decidesItself?.has(operationName) === true) return;
  const action = service.actionOf(operationName, request.method);
  const resource = request.resourceArn() || caller.arn;
  const decision = decide(action, resource);
  if (decision !== 'allow')
    throw new AccessDenied(denialText(caller.arn, action, resource, decision), caller);
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
