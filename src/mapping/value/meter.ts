// What a render may spend. Rendering is synchronous, so one meter for the room is enough, and everything that can
// run long (loops, regular expressions, path scans, building of texts) draws on it without having it handed down.

import { TemplateRenderError } from '../errors.ts';

/** A moment after which a render gives up, and the clock that tells it. */
export interface Deadline {
  readonly atMs: number;
  nowMs(): number;
}

/** Steps of some tens of nanoseconds: well under a second in all. */
export const STEPS_MAX = 20_000_000;
const STEPS_BETWEEN_LOOKS = 50_000;

let left = STEPS_MAX;
let lookBelow = 0;
let deadline: Deadline | null = null;
let isOpen = false;

/** Begins a render with a full meter. */
export function openMeter(steps: number = STEPS_MAX, until: Deadline | null = null): void {
  left = steps;
  deadline = until;
  lookBelow = until === null ? 0 : steps;
  isOpen = true;
}

/** Ends a render. */
export function closeMeter(): void {
  isOpen = false;
}

/** Fills the meter for work of its own, such as a JSONPath read outside any template; not within a render. */
export function refillMeter(steps: number = STEPS_MAX): void {
  if (isOpen) return;
  left = steps;
  deadline = null;
  lookBelow = 0;
}

/**
 * Counts steps.
 *
 * @throws TemplateRenderError when none are left or the deadline has passed
 */
export function spend(steps: number): void {
  left -= steps;
  if (left < lookBelow) look();
}

function look(): void {
  if (left < 0) throw new TemplateRenderError('The template takes too many steps');
  lookBelow = Math.max(0, left - STEPS_BETWEEN_LOOKS);
  if (deadline !== null && deadline.nowMs() >= deadline.atMs)
    throw new TemplateRenderError('The template takes too long');
}

/** Counts the building of a text by its length. */
export function spendText(chars: number): void {
  spend(1 + (chars >> 4));
}
