// One render on its way to a worker thread and back.

import type { RenderFailure } from '../../exchange/tools.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../../mapping/template.ts';
import type { LostHow, PoolJob } from './job-kind.ts';
import { decodeRendered, encodeRender, renderKindName } from './kinds/render.ts';
import type { TemplateCost } from './template-cost.ts';

export type Rendered = RenderResult | RenderFailure;

/** The template of a job. */
export interface RenderJobTemplate {
  readonly id: number;
  readonly template: MappingTemplate;
  readonly cost: TemplateCost;
  renderHere(scope: TemplateScope, chars: number): Rendered;
}

/** Who keeps the books. */
export interface RenderJobOwner {
  join(job: RenderJob): void;
  settle(job: RenderJob, rendered: Rendered): void;
}

export class RenderJob implements PoolJob {
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

  /** It crossed already and only its source was missing there: the batch decision is not for it. */
  get isBoundForPool(): boolean {
    return this.#sourceWanted;
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
      this.#owner.join(this);
    }
  }

  lost(how: LostHow, detail: string): void {
    this.#owner.settle(this, {
      failed: how === 'timeout' ? 'timeout' : 'error',
      detail: `worker thread: ${detail}`,
    });
  }
}
