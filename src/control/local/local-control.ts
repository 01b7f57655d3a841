// What `sluice` on this machine asks of the control plane: operations of the API as its administrator, and acts of our
// own that AWS has no operation for. It crosses the supervisor's socket when a gateway runs, so everything here is data.

import type { AuditTrail } from '../access/index.ts';
import type { Caller } from '../api/handler.ts';
import type { ControlPlane } from '../control-plane.ts';
import { DeploymentRefusedError } from '../deployment/index.ts';
import type { Problem } from '../openapi/index.ts';
import { AwsException } from '../protocol/exceptions.ts';
import type { CallInput, CallName } from '../protocol/services.ts';
import { type ActName, type Acts, acts } from './acts.ts';

/** The control plane for a command, in this process or in the one that runs. */
export interface LocalControl {
  /** @throws (rejects) AwsException */
  call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<unknown>;
  /** @throws (rejects) AwsException, DeploymentRefusedError, Error */
  act<Name extends ActName>(name: Name, argument: ArgumentOf<Name>): Promise<ResultOf<Name>>;
}

export type ArgumentOf<Name extends ActName> = Parameters<Acts[Name]>[0];
export type ResultOf<Name extends ActName> = Awaited<ReturnType<Acts[Name]>>;

export type LocalRequest =
  | { readonly operation: CallName; readonly input: unknown; readonly user: string }
  | { readonly act: ActName; readonly argument: unknown; readonly user: string };

export type LocalReply =
  | { readonly result: unknown }
  | { readonly refused: { readonly name: string; readonly status: number; readonly message: string } }
  | { readonly problems: readonly Problem[] };

/**
 * Answers a command: in the process that has the store.
 * @param onLocal - told of it before it is answered: the audit trail
 */
export async function answerLocal(
  control: ControlPlane,
  request: LocalRequest,
  onLocal: AuditTrail['onLocal'],
): Promise<LocalReply> {
  const caller = localCaller(control, request.user);
  const [name, argument] =
    'operation' in request ? [request.operation, request.input] : [request.act, request.argument];
  const startedAtMs = Date.now();
  const tell = (result: unknown, error: unknown): void =>
    onLocal({ name, argument, caller, result, error, startedAtMs });
  try {
    const result = await ('operation' in request
      ? control.call(request.operation, request.input as never, caller)
      : actOf(request.act)(request.argument, control, caller));
    tell(result, null);
    return { result };
  } catch (error) {
    tell(undefined, error);
    if (error instanceof DeploymentRefusedError) return { problems: error.problems };
    if (!(error instanceof AwsException)) throw error;
    return { refused: { name: error.name, status: error.status, message: error.message } };
  }
}

const actOf = (name: ActName) =>
  acts[name] as (argument: unknown, control: ControlPlane, caller: Caller) => unknown;

/** @param ask - carries a request to who has the store, and its reply back */
export function localControl(
  ask: (request: LocalRequest) => Promise<LocalReply>,
  user: string,
): LocalControl {
  const result = (reply: LocalReply): unknown => {
    if ('problems' in reply) throw new DeploymentRefusedError(reply.problems);
    if ('refused' in reply)
      throw new AwsException(reply.refused.name, reply.refused.status, reply.refused.message);
    return reply.result;
  };
  return {
    call: async (operation, input) => result(await ask({ operation, input, user })),
    act: async (act, argument) => result(await ask({ act, argument, user })) as never,
  };
}

/** Who can read the data folder can do everything; the audit log names the user of this machine. */
const localCaller = ({ services }: ControlPlane, user: string): Caller => ({
  arn: `arn:${services.account.partition}:iam::${services.account.accountId}:root`,
  userName: `local:${user}`,
  accessKeyId: '',
  sourceIp: '127.0.0.1',
  userAgent: 'sluice',
});
