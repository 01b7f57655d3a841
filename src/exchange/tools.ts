// What a phase, an integration or an authorizer is handed to work with. They import none of these rooms.

import type { KeyObject } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Functions } from '../functions/functions.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../mapping/template.ts';
import type { Backends } from './backends.ts';
import type { Exchange } from './exchange.ts';
import type { Outcome } from './phase.ts';
import type { Upstream } from './upstream.ts';

/** A template that could not be rendered. */
export interface RenderFailure {
  /** `error`: the template's own fault (500); `timeout`: it ran away and was ended (500); `overloaded`: the queue is full (503). */
  readonly failed: 'error' | 'timeout' | 'overloaded';
  /** For the log. */
  readonly detail: string;
}

/** A template made known to the renderer, which learns what it costs. */
export interface PreparedTemplate {
  readonly template: MappingTemplate;
  /** Renders now (inline) or later (in a batch, or in the pool). Never throws, never rejects. */
  render(scope: TemplateScope): RenderResult | RenderFailure | Promise<RenderResult | RenderFailure>;
}

/** Where templates are rendered; gateway/workers implements it. */
export interface Renderer {
  /**
   * Compiles a template; for compile time. Templates of one text are one template, whichever methods, stages and
   * deployments have it: it is compiled once, known to the threads, and what it costs is learnt.
   * @throws TemplateParseError
   */
  templateOf(source: string): PreparedTemplate;
}

/** `overloaded`: too many wait; `lost`: whoever computed it died. Neither says anything of the signature. */
export type SignatureAnswer = 'good' | 'wrong' | 'overloaded' | 'lost';

/** A signature, and what it is said to be of. */
export interface Signed {
  /** Of RFC 7518 or RFC 8037. */
  readonly algorithm: string;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Where signatures of tokens are verified; gateway/workers implements it. */
export interface Signatures {
  /**
   * Verifies now, or later together with the others of this turn of the event loop. Never throws, never rejects.
   * @param key - for that algorithm
   */
  verify(key: KeyObject, signed: Signed): SignatureAnswer | Promise<SignatureAnswer>;
}

export interface Tools {
  readonly clock: Clock;
  readonly upstream: Upstream;
  readonly functions: Functions;
  readonly backends: Backends;
  readonly renderer: Renderer;
  readonly signatures: Signatures;
  /**
   * Ends an exchange whose phases have said their last word: sends the answer, or the gateway response for a
   * Failure. For integrations that answered 'answered' and learn the outcome later.
   * @param nowNs - monotonic time, where the caller has just read it
   */
  readonly settle: (exchange: Exchange, outcome: Outcome, nowNs?: number) => void;
  /**
   * Begins a streamed answer with the exchange's status and headers; the caller then writes to the downstream,
   * and calls `finish` before it ends or destroys it.
   */
  readonly begin: (exchange: Exchange, lengthBytes: number | null) => void;
  /** Ends the books of an exchange that was answered by streaming: metrics and access log, once. */
  readonly finish: (exchange: Exchange) => void;
}
