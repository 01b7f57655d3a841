// What the data plane serves: the published state, compiled, in one immutable value that is swapped whole.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PublishedStage, PublishedState } from '../resources/index.ts';
import { readPublishedState, readSnapshot } from '../resources/snapshot-file.ts';
import { compileStage, type PlanTools, type StagePlan } from './pipeline/plan.ts';
import { HostRouter } from './router/host-router.ts';

/** Milliseconds of compiling between two looks at the sockets: bounds the stall that a deployment causes. */
const sliceMs = 4;

/** One compiled published state. A request sees one of these from first byte to last. */
export interface Published {
  readonly revision: number;
  readonly hosts: HostRouter<StagePlan>;
  /** Identity -> plan, so that the next state takes over what did not change. */
  readonly stages: ReadonlyMap<string, StagePlan>;
}

export interface PublishedOptions {
  readonly dataDir: string;
  readonly region: string;
  readonly hostSuffix: string;
}

/** What is served before anything was published. */
export function nothingPublished(options: PublishedOptions): Published {
  return { revision: 0, hosts: new HostRouter(options.region, options.hostSuffix), stages: new Map() };
}

/**
 * Reads the published state and compiles what changed. Stages that are the same as in `before` keep their plans.
 * @throws Error with one line when a file cannot be read; nothing has changed then
 */
export async function loadPublished(
  options: PublishedOptions,
  before: Published,
  tools: PlanTools,
): Promise<Published> {
  const state = readPublishedState(options.dataDir);
  if (state === null || state.revision === before.revision) return before;
  const hosts = new HostRouter<StagePlan>(state.region, options.hostSuffix);
  const stages = new Map<string, StagePlan>();
  const slice = new Slice();
  for (const published of state.stages) {
    const identity = identityOf(published, state);
    const plan =
      before.stages.get(identity) ??
      compileStage(published, readSnapshot(options.dataDir, published.deploymentHash), state, tools);
    stages.set(identity, plan);
    hosts.add(published.apiId, published.stage.stageName, plan);
    await slice.rest();
  }
  return { revision: state.revision, hosts, stages };
}

/** Compiles every plan that is not compiled yet, a slice at a time. A plan that fails is told and served as a 500. */
export async function warm(published: Published, report: (error: unknown) => void): Promise<void> {
  const slice = new Slice();
  for (const stage of published.stages.values()) {
    for (const lazy of stage.plans) {
      try {
        lazy.warm();
      } catch (error) {
        report(error);
      }
      await slice.rest();
    }
  }
}

/** Gives back to the throttle what the plans of `before` held and those of `after` do not. */
export function release(before: Published, after: Published): void {
  for (const [identity, plan] of before.stages) if (!after.stages.has(identity)) plan.close();
}

function identityOf(published: PublishedStage, state: PublishedState): string {
  return JSON.stringify([published, state.accountId, state.region, state.accountThrottle]);
}

/** Yields to the event loop when a slice of work is used up. */
class Slice {
  #startedMs = performance.now();

  async rest(): Promise<void> {
    if (performance.now() - this.#startedMs < sliceMs) return;
    await nextTurn();
    this.#startedMs = performance.now();
  }
}
