// What the handlers of operations are given and give back. A handler is one of three kinds: it reads, it writes (one
// transaction, synchronous), or it acts (takes its time, and reads and writes through the store).

import type { Functions } from '../../functions/functions.ts';
import type { ContextValue, Decision } from '../../policy/index.ts';
import type {
  BackendSettings,
  SampledRequest,
  SampleQuery,
  TestInvocation,
  TestInvoked,
} from '../../resources/index.ts';
import type { Store, Transaction, View } from '../../store/index.ts';
import type { Signer } from '../access/signer.ts';
import type { CodeStore } from '../code/code-store.ts';
import type { CheckTools } from '../openapi/index.ts';
import type { OperationName } from '../protocol/operations.ts';
import type { CallName, CallInput as Input } from '../protocol/services.ts';
import type { SdkTools } from '../sdk/index.ts';
import type { Usage } from '../usage/index.ts';

/** Who calls. */
export interface Caller {
  /** For example `arn:aws:iam::000000000000:user/admin`. */
  readonly arn: string;
  readonly userName: string;
  /** Empty where nobody signed: the command line on this machine, or `--dev`. */
  readonly accessKeyId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** `AIDA...`, or `AROA...:session`; absent where nobody signed. */
  readonly userId?: string;
  /** Absent where nobody signed, and everything may be done. */
  readonly identity?: CallerIdentity;
  /** How the caller has reached the management port: `127.0.0.1:8081`. Absent where it came another way. */
  readonly host?: string;
}

/** Who signed, as those ask who decide by themselves. */
export interface CallerIdentity {
  readonly signer: Signer;
  /** Condition keys of the call. */
  readonly context: (key: string) => ContextValue | undefined;
  /** What the caller's own policies say of another act. */
  readonly decide: (
    action: string,
    resource: string,
    more?: (key: string) => ContextValue | undefined,
  ) => Decision;
}

export type { TestInvocation, TestInvoked };

/** What the control plane asks of the data planes; wired by who owns their processes. */
export interface DataPlanes {
  /** Resolves when every data plane that runs serves the published state: the next request sees it. */
  adopt(): Promise<void>;
  /** Runs one method without a deployment. @throws (rejects) when no data plane runs */
  testInvoke(invocation: TestInvocation): Promise<TestInvoked>;
  /** Of all data planes that run. */
  sampledRequests(query: SampleQuery): Promise<readonly SampledRequest[]>;
  /** Where stages are reached. */
  address(): GatewayAddress;
}

export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly hostSuffix: string;
}

export interface Account {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly accountThrottle: { readonly rateRps: number; readonly burst: number };
}

/** What stands behind every call; the same for all of them. */
export interface Services {
  readonly account: Account;
  readonly store: Store;
  readonly dataDir: string;
  readonly dataPlanes: DataPlanes;
  readonly functions: Functions;
  /** Of the configuration file; asked anew at each call. */
  readonly backends: BackendSettings;
  /** The compilers of templates and patterns that the data plane will use. */
  readonly tools: CheckTools;
  /** Where the generator of SDKs is; absent: where its defaults say. */
  readonly sdkTools?: SdkTools;
  /** Wall time, ISO 8601. */
  now(): string;
  /** Lower-case letters and digits. */
  newId(length: number): string;
}

/** One call. */
export interface Context extends Services {
  readonly caller: Caller;
  readonly operation: CallName;
  readonly code: CodeStore;
  readonly usage: Usage;
}

export { FileAnswer } from '../protocol/file-answer.ts';

type Reading<I> = (input: I, view: View, context: Context) => unknown;
type Writing<I> = (input: I, transaction: Transaction, context: Context) => unknown;
type Acting<I> = (input: I, context: Context) => Promise<unknown>;

/**
 * What an operation does. It gives back the body as AWS spells it (undefined members are left out; undefined = no body)
 * or an answer of its own (FileAnswer, MadeAnswer, StreamedAnswer), and throws AwsException. Times are given as epoch seconds: see `epochSeconds`.
 */
export type Handler<Name extends CallName = CallName> =
  | { readonly mode: 'read'; readonly run: Reading<Input<Name>> }
  | { readonly mode: 'write'; readonly run: Writing<Input<Name>> }
  | { readonly mode: 'act'; readonly run: Acting<Input<Name>> };

/** Every operation's handler, or those of one resource; without a name those of `apigateway`. */
export type Handlers<Names extends CallName = OperationName> = { readonly [N in Names]: Handler<N> };

export const reads = <N extends CallName>(run: Reading<Input<N>>): Handler<N> => ({ mode: 'read', run });
export const writes = <N extends CallName>(run: Writing<Input<N>>): Handler<N> => ({
  mode: 'write',
  run,
});
export const acts = <N extends CallName>(run: Acting<Input<N>>): Handler<N> => ({ mode: 'act', run });

/** A time as the wire has it: whole seconds since 1970. */
export const epochSeconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);
