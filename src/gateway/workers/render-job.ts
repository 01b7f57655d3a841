// One render on its way to a worker thread and back.

import type { RenderFailure } from '../../exchange/tools.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../../mapping/template.ts';
import { type JobCost, jobCrossingNs } from './job-cost.ts';
import type { LostHow } from './job-kind.ts';
import { decodeRendered, encodeRender, renderKindName } from './kinds/render.ts';
import type { TurnJob } from './turn-workers.ts';

export type Rendered = RenderResult | RenderFailure;

/** The template of a job. */
export interface RenderJobTemplate {
  readonly id: number;
  readonly template: MappingTemplate;
  readonly cost: JobCost;
  renderHere(scope: TemplateScope, chars: number): Rendered;
}

/** Who keeps the books. */
export interface RenderJobOwner {
  renderHere(job: RenderJob): void;
  /** Once more, in a thread. */
  again(job: RenderJob): void;
  settle(job: RenderJob, rendered: Rendered): void;
}

export class RenderJob implements TurnJob {
  readonly kind = renderKindName;
  readonly prepared: RenderJobTemplate;
  readonly scope: TemplateScope;
  /** Length of the body. */
  readonly chars: number;
  readonly resolve: (rendered: Rendered) => void;
  readonly #owner: RenderJobOwner;
  #sourceWanted: boolean;

  constructor(
    owner: RenderJobOwner,
    prepared: RenderJobTemplate,
    scope: TemplateScope,
    chars: number,
    resolve: (rendered: Rendered) => void,
  ) {
    this.#owner = owner;
    this.prepared = prepared;
    this.scope = scope;
    this.chars = chars;
    this.resolve = resolve;
    this.#sourceWanted = false;
  }

  /** It crossed already and only its source was missing there. */
  get isBoundForPool(): boolean {
    return this.#sourceWanted;
  }

  get sparedNs(): number {
    return this.prepared.cost.estimateNs(this.chars) - jobCrossingNs(this.chars);
  }

  runHere(): void {
    this.#owner.renderHere(this);
  }

  payload(): unknown {
    const source = this.#sourceWanted ? this.prepared.template.source : null;
    return encodeRender(this.prepared.id, source, this.scope);
  }

  done(result: unknown): void {
    const rendered = decodeRendered(result, (ns) => this.prepared.cost.learn(ns, this.chars));
    if (rendered !== null) this.#owner.settle(this, rendered);
    else {
      this.#sourceWanted = true;
      this.#owner.again(this);
    }
  }

  lost(how: LostHow, detail: string): void {
    this.#owner.settle(this, {
      failed: how === 'timeout' ? 'timeout' : 'error',
      detail: `worker thread: ${detail}`,
    });
  }
}
