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

import { WeakValues } from '../../base/weak-values.ts';
import type { PreparedTemplate, Renderer, RenderFailure } from '../../exchange/tools.ts';
import { compileTemplate } from '../../mapping/index.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../../mapping/template.ts';
import { JobCost, jobCrossingNs } from './job-cost.ts';
import { type Rendered, RenderJob, type RenderJobOwner } from './render-job.ts';
import { renderNow } from './render-now.ts';
import type { TurnWorkers } from './turn-workers.ts';
import type { WorkerPoolStats } from './worker-pool.ts';

export interface RenderPoolOptions {
  readonly workers: TurnWorkers;
  /** Renders that may wait or be under way in the threads. */
  readonly queueJobsMax: number;
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
  /** Takes a template that was compiled elsewhere; nobody else gets it. */
  prepare(template: MappingTemplate): PreparedTemplate;
  stats(): RenderPoolStats;
  /** Waits for all open renders. Later ones happen at once, in the event loop. The threads are their owner's to end. */
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
  readonly workers: TurnWorkers;
  renderedAtOnce = 0;
  readonly #queueJobsMax: number;
  /** Of plans that are served, or were until the next collection. */
  readonly #bySource = new WeakValues<Prepared>();
  #templatesPrepared = 0;
  #renderedAtTurnEnd = 0;
  #renderedInPool = 0;
  #open = 0;
  #overloaded = 0;
  #timedOut = 0;
  #onDrained: (() => void) | null = null;

  constructor({ workers, queueJobsMax }: RenderPoolOptions) {
    this.workers = workers;
    this.#queueJobsMax = queueJobsMax;
  }

  templateOf(source: string): PreparedTemplate {
    const known = this.#bySource.get(source);
    if (known !== undefined) return known;
    const prepared = this.prepare(compileTemplate(source));
    this.#bySource.set(source, prepared);
    return prepared;
  }

  prepare(template: MappingTemplate): Prepared {
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
      workers: this.workers.stats,
    };
  }

  async close(): Promise<void> {
    this.workers.retire();
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#onDrained = resolve));
  }

  /** Takes a render into this turn's batch, or refuses it. */
  admit(prepared: Prepared, scope: TemplateScope, chars: number): Rendered | Promise<Rendered> {
    if (this.#open >= this.#queueJobsMax) {
      this.#overloaded++;
      return overloaded;
    }
    this.#open++;
    return new Promise((resolve) => this.workers.join(new RenderJob(this, prepared, scope, chars, resolve)));
  }

  /** For a job that comes back because its thread did not know the template. */
  again(job: RenderJob): void {
    this.workers.join(job);
  }

  renderHere(job: RenderJob): void {
    this.#renderedAtTurnEnd++;
    this.#close(job, job.prepared.renderHere(job.scope, job.chars));
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
}

/** One template, and what it costs. */
class Prepared implements PreparedTemplate {
  readonly template: MappingTemplate;
  readonly id: number;
  readonly cost: JobCost;
  /** The answer of a template that has only one. */
  readonly #constant: RenderResult | null;
  readonly #pool: Pool;

  constructor(pool: Pool, template: MappingTemplate, id: number) {
    this.#pool = pool;
    this.template = template;
    this.id = id;
    this.cost = new JobCost();
    const output = template.constantOutput;
    this.#constant = output === null ? null : Object.freeze({ output });
  }

  render(scope: TemplateScope): Rendered | Promise<Rendered> {
    if (this.#constant !== null) return this.#constant;
    const chars = scope.input.body?.length ?? 0;
    const { offload } = this.#pool.workers;
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
