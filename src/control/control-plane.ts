// One door to everything that can be managed: an operation's name and input in, its answer out. The wire protocol, the
// command line and tests all come through here.

import type { MeterFile } from '../resources/index.ts';
import type { Kind, Store, Transaction } from '../store/index.ts';
import { ConcurrentModificationError, StoreError } from '../store/index.ts';
import { watchedStore, watchPassedRoles } from './access/passed-roles.ts';
import type { Caller, Context, Services } from './api/handler.ts';
import { type CodeStore, createCodeStore } from './code/code-store.ts';
import { createPublisher, type Publisher } from './deployment/publish.ts';
import { handlerOf } from './handlers.ts';
import { concurrentModification, unavailable } from './protocol/exceptions.ts';
import type { CallInput, CallName } from './protocol/services.ts';
import { type Usage, UsageBook } from './usage/index.ts';

export interface ControlPlane {
  /**
   * Runs one operation. When it resolves, what was changed is on disk, and if it is served, the next request sees it.
   *
   * @param input - members as the operation's table declares them; the protocol has checked their types
   * @param name - an operation of any service: `CreateStage`, `lambda:CreateFunction`
   * @returns the body as the wire shows it, an answer of its own kind (FileAnswer ...), or undefined for no body
   * @throws (rejects) AwsException; nothing has changed then
   */
  call<Name extends CallName>(name: Name, input: CallInput<Name>, caller: Caller): Promise<unknown>;
  /** Makes the published state follow the store; at start, and when the account's settings have changed. */
  publish(): Promise<void>;
  readonly services: Services;
  /** The code of functions. */
  readonly code: CodeStore;
  /** What usage plans count; who keeps the control plane running starts it. */
  readonly usage: UsageBook;
}

/** Kinds of which a data plane or the function host sees something: their changes are published before they are acknowledged. */
const servedKinds: ReadonlySet<Kind> = new Set<Kind>([
  'stage',
  'deployment',
  'clientCertificate',
  'domainName',
  'basePathMapping',
  'vpcLink',
  'apiKey',
  'usagePlan',
  'usagePlanKey',
  'lambdaFunction',
  'functionVersion',
  'functionAlias',
  'functionPolicy',
  'functionEventInvokeConfig',
  'v2Stage',
  'v2Deployment',
  'v2ApiMapping',
  // Data planes check signatures.
  'webAcl',
  'ruleGroup',
  'ipSet',
  'regexPatternSet',
  'accessKey',
  'iamUser',
  'iamGroup',
  'iamRole',
  'iamPolicy',
  'sessionKey',
  'tokenRevocation',
]);

/** @param openMeters - what data planes count for usage plans; null: nothing is metered */
export function createControlPlane(
  services: Services,
  openMeters: () => MeterFile | null = () => null,
): ControlPlane {
  const code = createCodeStore(services);
  const publisher = createPublisher(services, code.sweep);
  const published = publishing(services, publisher);
  const usage = new UsageBook({
    store: services.store,
    openMeters,
    nowMs: () => Date.parse(services.now()),
  });
  return {
    services: published,
    code,
    usage,
    publish: async () => {
      await code.unpackMissing();
      await publisher.follow();
    },
    call: async (name, input, caller) => {
      const handler = handlerOf(name);
      const watch = watchPassedRoles(caller, services);
      const store = watch === null ? published.store : watchedStore(published.store, watch);
      const context = contextOf(published, store, code, usage, caller, name);
      try {
        switch (handler.mode) {
          case 'read':
            return handler.run(input as never, services.store.view, context);
          case 'write':
            return await store.write((transaction) => handler.run(input as never, transaction, context));
          case 'act':
            return await handler.run(input as never, context);
        }
      } catch (error) {
        if (error instanceof ConcurrentModificationError) throw concurrentModification();
        if (error instanceof StoreError) throw unavailable(error.message);
        throw error;
      }
    },
  };
}

/** Member by member: spreading services whose account is asked anew takes 2 us. */
function contextOf(
  services: Services,
  store: Store,
  code: CodeStore,
  usage: Usage,
  caller: Caller,
  operation: CallName,
): Context {
  const { account, dataDir, dataPlanes, functions, backends, tools, sdkTools, now, newId } = services;
  const own = { account, store, dataDir, dataPlanes, functions, backends, tools, now, newId };
  return sdkTools === undefined
    ? { ...own, code, usage, caller, operation }
    : { ...own, sdkTools, code, usage, caller, operation };
}

/** The services with a store whose writes are published before they are acknowledged, where data planes serve them. */
function publishing(services: Services, publisher: Publisher): Services {
  const { store } = services;
  const write = async <T>(work: (transaction: Transaction) => T): Promise<T> => {
    let isServed = false;
    const result = await store.write((transaction) => {
      const done = work(transaction);
      isServed = [...transaction.changedKinds].some((kind) => servedKinds.has(kind));
      return done;
    });
    if (isServed) await publisher.follow();
    return result;
  };
  return {
    ...services,
    // Asked anew at each call: a configuration that is read again changes it.
    get account() {
      return services.account;
    },
    get backends() {
      return services.backends;
    },
    store: { view: store.view, write, backup: (file) => store.backup(file), close: () => store.close() },
  };
}
