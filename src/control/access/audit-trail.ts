// The record of each call, shaped as CloudTrail's: who did what from where, and how it ended.

import { randomUUID } from 'node:crypto';
import type { View } from '../../store/index.ts';
import type { Account, Caller } from '../api/handler.ts';
import type { CallRecord } from '../protocol/call-record.ts';
import { spelled } from '../protocol/constraints.ts';
import { AwsException } from '../protocol/exceptions.ts';
import { FileAnswer } from '../protocol/file-answer.ts';
import { MadeAnswer, StreamedAnswer } from '../protocol/made-answer.ts';
import { callNamed, callOrNone, type KnownCall } from '../protocol/services.ts';
import { redact, redactError } from './redact.ts';
import type { Signer } from './signer.ts';

export interface AuditRecord {
  readonly eventVersion: '1.11';
  readonly userIdentity: UserIdentity;
  /** ISO 8601, whole seconds. */
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: unknown;
  /** Null for what only reads, and for what gives nothing back. */
  readonly responseElements: unknown;
  readonly requestID: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly eventType: 'AwsApiCall';
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly eventCategory: 'Management';
}

interface UserIdentity {
  /** `Unknown`: the signature was refused. */
  readonly type: 'IAMUser' | 'AssumedRole' | 'Root' | 'Unknown';
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  /** Of temporary credentials. */
  readonly sessionContext?: object;
}

/** An act or operation of the command line, done or refused. */
export interface LocalRecord {
  /** Name of an operation of the API, or of an act of our own. */
  readonly name: string;
  readonly argument: unknown;
  readonly caller: Caller;
  readonly result: unknown;
  readonly error: unknown;
  readonly startedAtMs: number;
}

export interface AuditTrail {
  /** For the protocol's server. */
  onCall(record: CallRecord): void;
  /** For the protocol's server, before calls that were told are answered. */
  flush(): void;
  /** For the command line's door. The record is kept when it returns. */
  onLocal(record: LocalRecord): void;
}

export interface AuditTrailOptions {
  readonly account: Pick<Account, 'accountId' | 'region'>;
  /** Where the ids of users are found. */
  readonly view: View;
  /** Takes a record as JSON, an {@link AuditRecord}; it must not throw. */
  readonly append: (json: string) => void;
  /** Keeps what was appended, where `append` only gathers; called before calls are answered. It must not throw. */
  readonly flush?: () => void;
}

export function createAuditTrail({ account, view, append, flush = () => {} }: AuditTrailOptions): AuditTrail {
  const put = (what: What): void => append(jsonOf(recordOf(what, account, view)));
  return {
    onCall: ({ operation, input, answer, error, ...call }) => {
      const known = callNamed(operation);
      const event = eventOfCall(known);
      put({
        ...call,
        ...event,
        requestParameters: input === null ? null : parametersOf(known, input),
        responseElements: event.readOnly || error !== null ? null : answer,
        error,
      });
    },
    onLocal: ({ name, argument, caller, result, error, startedAtMs }) => {
      const known = callOrNone(name);
      const event = known === undefined ? eventOfAct(name) : eventOfCall(known);
      put({
        ...event,
        caller,
        sourceIp: caller.sourceIp,
        userAgent: caller.userAgent,
        requestId: randomUUID(),
        startedAtMs,
        requestParameters: known === undefined ? argument : parametersOf(known, argument ?? {}),
        responseElements: event.readOnly || error !== null ? null : result,
        error: error === null ? null : describe(error),
      });
      flush();
    },
    flush,
  };
}

interface What {
  readonly eventSource: string;
  readonly eventName: string;
  readonly readOnly: boolean;
  readonly caller: Caller | null;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly requestParameters: unknown;
  readonly responseElements: unknown;
  readonly error: { readonly type: string; readonly message: string } | null;
}

function recordOf(what: What, account: AuditTrailOptions['account'], view: View): AuditRecord {
  const { error } = what;
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(what.caller, account.accountId, view),
    eventTime: wholeSeconds(what.startedAtMs),
    eventSource: what.eventSource,
    eventName: what.eventName,
    awsRegion: account.region,
    sourceIPAddress: what.sourceIp,
    userAgent: what.userAgent.slice(0, userAgentCharactersMax),
    ...(error === null
      ? {}
      : { errorCode: error.type, errorMessage: redactError(error.type, error.message) }),
    requestParameters: written(what.requestParameters),
    responseElements: written(what.responseElements),
    requestID: what.requestId,
    eventID: randomUUID(),
    readOnly: what.readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account.accountId,
    eventCategory: 'Management',
  };
}

let lastSecond = Number.NaN;
let lastTime = '';

/** ISO 8601; records that come together are mostly of the same second. */
function wholeSeconds(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastTime = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastTime;
}

const userAgentCharactersMax = 1_024;
/** CloudTrail's own limit of a field. */
const fieldCharactersMax = 100_000;

/** Redacted. */
const written = (value: unknown): unknown =>
  value === undefined ||
  value === null ||
  value instanceof FileAnswer ||
  value instanceof MadeAnswer ||
  value instanceof StreamedAnswer
    ? null
    : redact(value);

/** Only of a record that is larger than a field may be, fields are looked at one by one. */
function jsonOf(record: AuditRecord): string {
  const json = JSON.stringify(record);
  if (json.length <= fieldCharactersMax) return json;
  const { requestParameters, responseElements } = record;
  return JSON.stringify({
    ...record,
    requestParameters: fitting(requestParameters, 'requestParameters'),
    responseElements: fitting(responseElements, 'responseElements'),
  });
}

/** The value, or what says that it was too much. */
function fitting(value: unknown, field: string): unknown {
  const size = JSON.stringify(value).length;
  return size <= fieldCharactersMax
    ? value
    : { omitted: true, originalSize: size, reason: `${field} too large` };
}

function identityOf(caller: Caller | null, accountId: string, view: View): UserIdentity {
  if (caller === null) return { type: 'Unknown' };
  const { arn, userName, accessKeyId, userId, identity } = caller;
  const signer = identity?.signer;
  if (signer?.session != null) {
    const { issuedAt } = signer.session.session;
    const isUser = 'userId' in signer.source;
    return {
      type: isUser ? 'IAMUser' : 'AssumedRole',
      principalId: signer.userId,
      arn,
      accountId,
      accessKeyId,
      ...(isUser ? { userName } : {}),
      sessionContext: {
        ...(isUser ? {} : { sessionIssuer: issuerOf(signer, accountId) }),
        attributes: { creationDate: wholeSeconds(issuedAt * 1000), mfaAuthenticated: 'false' },
      },
    };
  }
  const isRoot = arn.endsWith(':root');
  return {
    type: isRoot ? 'Root' : 'IAMUser',
    principalId: isRoot ? accountId : (userId ?? view.get('iamUser', '', userName)?.userId ?? ''),
    arn,
    accountId,
    ...(accessKeyId === '' ? {} : { accessKeyId }),
    userName,
  };
}

const issuerOf = ({ userName, userId, principals }: Signer, accountId: string): object => ({
  type: 'Role',
  principalId: userId.split(':')[0],
  arn: principals[0]!.id,
  accountId,
  userName,
});

function eventOfCall({ service, operation, operationName }: KnownCall): Event {
  return {
    eventSource: service.eventSource,
    eventName: operationName,
    readOnly: operation.method === 'GET',
  };
}

/** What stands in path, query and header by its name, and the body as `createRestApiInput` where the service names it. */
function parametersOf({ service, operation, operationName }: KnownCall, input: object): object {
  const parameters: Record<string, unknown> = {};
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const isOfBody = service.namesInput && operation.members[name]?.place === 'body';
    if (isOfBody) body[name] = value;
    else parameters[spelled(name)] = value;
  }
  if (Object.keys(body).length > 0) parameters[`${spelled(operationName)}Input`] = body;
  return parameters;
}

/** Acts on users by the names that IAM has for them. */
const iamEvents: Readonly<Record<string, string>> = {
  iamAddUser: 'CreateUser',
  iamListUsers: 'ListUsers',
  iamRemoveUser: 'DeleteUser',
  iamCreateKey: 'CreateAccessKey',
  iamListKeys: 'ListAccessKeys',
  iamSetKeyStatus: 'UpdateAccessKey',
  iamRemoveKey: 'DeleteAccessKey',
  iamPutPolicy: 'PutUserPolicy',
  iamRemovePolicy: 'DeleteUserPolicy',
  iamShowPolicies: 'GetUserPolicy',
  iamEndSessions: 'EndAllSessions',
};
const readingName = /^(Get|List|list|history|backup)/;

type Event = Pick<What, 'eventSource' | 'eventName' | 'readOnly'>;

function eventOfAct(name: string): Event {
  const iamEvent = Object.hasOwn(iamEvents, name) ? iamEvents[name] : undefined;
  const eventName = iamEvent ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return {
    eventSource: iamEvent === undefined ? 'sluice.local' : 'iam.amazonaws.com',
    eventName,
    readOnly: readingName.test(iamEvent ?? name),
  };
}

function describe(error: unknown): { readonly type: string; readonly message: string } {
  if (error instanceof AwsException) return { type: error.name, message: error.message };
  if (error instanceof Error) return { type: error.name, message: error.message };
  return { type: 'Error', message: String(error) };
}
