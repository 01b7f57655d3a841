// Where mapping templates are rendered: here, at once, when that is cheaper for the event loop; else in the worker
// threads, together with all other renders of the same turn.
//
//   render() ── cheap, as learnt ──────────────────────────────► result, no promise, no queue
//      └─ else: joins the turn's batch ─ end of turn ─┬─ not worth a crossing ─► rendered here, one after the other
//                                                     └─ worth it ─► WorkerPool ─► result in a later turn
//
// At most `queueJobsMax` renders wait or are under way; one more is answered `overloaded` (503) at once, whatever
// `offload` says. Renders that are done at once never wait and are never refused. A runaway template ends itself: here
// by its steps (under a second, once; then its cost is known and it goes to the threads), there by the time limit too.

import { availableParallelism } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import type { PreparedTemplate, Renderer, RenderFailure } from '../../exchange/tools.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../../mapping/template.ts';
import { type Rendered, RenderJob, type RenderJobOwner } from './render-job.ts';
import { renderNow } from './render-now.ts';
import { CrossingCost, jobCrossingNs, type Offload, TemplateCost } from './template-cost.ts';
import { WorkerPool, type WorkerPoolStats } from './worker-pool.ts';

export interface RenderPoolOptions {
  /** Default `auto`. */
  readonly offload: Offload;
  /** Worker threads; default: cores - 1, at least 1. They start with the first batch that is worth them. */
  readonly threads: number;
  /** Renders that may wait or be under way in the threads. */
  readonly queueJobsMax: number;
  /** A render in a thread that takes longer ends itself as `timeout`; should it not, the thread is ended. */
  readonly renderTimeoutMs: number;
  readonly clock: Clock;
  /** Heap of one thread in megabytes. Default 256. */
  readonly threadHeapMbMax?: number;
  /** Cores that this process may use; default: what the system says. With one, `auto` sends nothing away. */
  readonly coresAvailable?: number;
  /** The threads' file; tests put hostile ones here. */
  readonly workerFile?: string;
}

/** Counters since the start. */
export interface RenderPoolStats {
  /** Rendered in the event loop, at once. */
  readonly renderedAtOnce: number;
  /** Rendered in the event loop at the end of a turn: the batch was not worth a crossing. */
  readonly renderedAtTurnEnd: number;
  readonly renderedInPool: number;
  /** Renders now waiting or under way. */
  readonly open: number;
  /** Refused because `queueJobsMax` were open. */
  readonly overloaded: number;
  /** Ended because they ran away. */
  readonly timedOut: number;
  /** null until the first batch crosses. */
  readonly workers: WorkerPoolStats | null;
}

/** A {@link Renderer} with its books and its end. */
export interface RenderPool extends Renderer {
  stats(): RenderPoolStats;
  /** Waits for all open renders and ends the threads. Later renders happen at once, in the event loop. */
  close(): Promise<void>;
}

const overloaded: RenderFailure = Object.freeze({
  failed: 'overloaded',
  detail: 'too many renders are waiting',
});

/** Makes the renderer of one process. No thread is started before a batch needs one. */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  return new Pool(options);
}

class Pool implements RenderPool, RenderJobOwner {
  readonly options: RenderPoolOptions;
  /** Becomes `never` at the end of the pool's life. */
  offload: Offload;
  renderedAtOnce = 0;
  readonly #crossing = new CrossingCost();
  #workers: WorkerPool | null = null;
  /** Jobs of this turn of the event loop. */
  #turn: RenderJob[] = [];
  #templatesPrepared = 0;
  #renderedAtTurnEnd = 0;
  #renderedInPool = 0;
  #open = 0;
  #overloaded = 0;
  #timedOut = 0;
  #onDrained: (() => void) | null = null;

  constructor(options: RenderPoolOptions) {
    this.options = options;
    // A thread without a core of its own takes from the event loop what it does for it, and the crossing besides.
    const cores = options.coresAvailable ?? availableParallelism();
    this.offload = options.offload === 'auto' && cores < 2 ? 'never' : options.offload;
  }

  prepare(template: MappingTemplate): PreparedTemplate {
    // Ids are never used twice, so a thread can't mistake a new deployment's template for an old one.
    return new Prepared(this, template, this.#templatesPrepared++);
  }

  stats(): RenderPoolStats {
    return {
      renderedAtOnce: this.renderedAtOnce,
      renderedAtTurnEnd: this.#renderedAtTurnEnd,
      renderedInPool: this.#renderedInPool,
      open: this.#open,
      overloaded: this.#overloaded,
      timedOut: this.#timedOut,
      workers: this.#workers?.stats ?? null,
    };
  }

  async close(): Promise<void> {
    this.offload = 'never';
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#onDrained = resolve));
    await this.#workers?.close();
  }

  /** Takes a render into this turn's batch, or refuses it. */
  admit(prepared: Prepared, scope: TemplateScope, chars: number): Rendered | Promise<Rendered> {
    if (this.#open >= this.options.queueJobsMax) {
      this.#overloaded++;
      return overloaded;
    }
    this.#open++;
    return new Promise((resolve) => this.join(new RenderJob(this, prepared, scope, chars, resolve)));
  }

  /** Also for a job that comes back because its thread did not know the template. */
  join(job: RenderJob): void {
    // setImmediate runs after all sockets that were readable in this turn have been served: that is the batch.
    if (this.#turn.push(job) === 1) setImmediate(this.#endTurn);
  }

  settle(job: RenderJob, rendered: Rendered): void {
    if ('failed' in rendered && rendered.failed === 'timeout') this.#timedOut++;
    this.#renderedInPool++;
    this.#close(job, rendered);
  }

  #close(job: RenderJob, rendered: Rendered): void {
    job.resolve(rendered);
    if (--this.#open === 0) this.#onDrained?.();
  }

  readonly #endTurn = (): void => {
    const jobs = this.#turn;
    this.#turn = [];
    const away = this.#jobsForPool(jobs);
    if (away.length > 0) this.#workers!.submit(away);
    if (away.length === jobs.length) return;
    for (const job of jobs) {
      if (job.isBoundForPool) continue;
      this.#renderedAtTurnEnd++;
      this.#close(job, job.prepared.renderHere(job.scope, job.chars));
    }
  };

  /** All of the batch, or only those that must. */
  #jobsForPool(jobs: readonly RenderJob[]): readonly RenderJob[] {
    if (!this.#isWorthCrossing(jobs)) return [];
    this.#workers ??= this.#startWorkers();
    // Starting a thread takes some 100 ms; `auto` does not let anyone wait for that who need not.
    return this.offload === 'auto' && !this.#workers.warm ? jobs.filter((job) => job.isBoundForPool) : jobs;
  }

  /** The batch decision: what the event loop is spared by sending these jobs away, against one crossing. */
  #isWorthCrossing(jobs: readonly RenderJob[]): boolean {
    if (this.offload === 'always') return true;
    let sparedNs = 0;
    for (const job of jobs) {
      if (job.isBoundForPool) return true;
      sparedNs += job.prepared.cost.estimateNs(job.chars) - jobCrossingNs(job.chars);
    }
    if (sparedNs > this.#crossing.ns) return true;
    this.#crossing.fade();
    return false;
  }

  #startWorkers(): WorkerPool {
    const { threads, renderTimeoutMs, clock, threadHeapMbMax, workerFile } = this.options;
    return new WorkerPool({
      threads,
      jobLimitMs: renderTimeoutMs,
      clock,
      threadHeapMbMax: threadHeapMbMax ?? 256,
      workerFile,
      onCrossed: (loopNs, jobsCount) => this.#crossing.learn(loopNs, jobsCount),
    });
  }
}

/** One template, and what it costs. */
class Prepared implements PreparedTemplate {
  readonly template: MappingTemplate;
  readonly id: number;
  readonly cost: TemplateCost;
  /** The answer of a template that has only one. */
  readonly #constant: RenderResult | null;
  readonly #pool: Pool;

  constructor(pool: Pool, template: MappingTemplate, id: number) {
    this.#pool = pool;
    this.template = template;
    this.id = id;
    this.cost = new TemplateCost();
    const output = template.constantOutput;
    this.#constant = output === null ? null : Object.freeze({ output });
  }

  render(scope: TemplateScope): Rendered | Promise<Rendered> {
    if (this.#constant !== null) return this.#constant;
    const chars = scope.input.body?.length ?? 0;
    const { offload } = this.#pool;
    const isCheap = this.cost.estimateNs(chars) <= jobCrossingNs(chars);
    if (offload === 'always' || (offload === 'auto' && !isCheap)) return this.#pool.admit(this, scope, chars);
    this.#pool.renderedAtOnce++;
    return this.renderHere(scope, chars);
  }

  /** Renders in this thread, with its steps as the limit, and learns from it now and then. */
  renderHere(scope: TemplateScope, chars: number): Rendered {
    if (!this.cost.shouldTime()) return renderNow(this.template, scope, null);
    const startedMs = performance.now();
    const rendered = renderNow(this.template, scope, null);
    this.cost.learn((performance.now() - startedMs) * 1e6, chars);
    return rendered;
  }
}
