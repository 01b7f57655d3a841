// Asks each target of a pool, again and again, whether it is well. One check at a time for each target.

import type { UpstreamCall } from '../../exchange/upstream.ts';
import type { HealthCheck } from '../../resources/index.ts';
import type { Member } from './member.ts';
import type { Scheduler } from './scheduler.ts';

/** One check of one target; gateway/upstream does it, or a simulation. */
export type Ask = (
  member: Member,
  check: HealthCheck,
  done: (isWell: boolean) => void,
) => Pick<UpstreamCall, 'abort'>;

/** Intervals differ by so much, so that data planes and targets do not fall into step. */
const jitter = 0.1;
/** Whatever is configured: a check costs a connection. */
const intervalMsMin = 100;

/** Keeps `member.health` for the members it is told to watch. */
export class HealthChecker {
  readonly #check: HealthCheck;
  readonly #ask: Ask;
  readonly #scheduler: Scheduler;
  readonly #random: () => number;
  readonly #onChange: (member: Member) => void;
  readonly #watched = new Map<Member, Watch>();

  /** @param onChange - a target became healthy or unhealthy */
  constructor(
    check: HealthCheck,
    ask: Ask,
    scheduler: Scheduler,
    random: () => number,
    onChange: (member: Member) => void,
  ) {
    this.#check = check;
    this.#ask = ask;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#onChange = onChange;
  }

  watch(member: Member): void {
    if (this.#watched.has(member)) return;
    const watch: Watch = { streak: 0, stop: () => {} };
    this.#watched.set(member, watch);
    this.#examine(member, watch);
  }

  unwatch(member: Member): void {
    this.#watched.get(member)?.stop();
    this.#watched.delete(member);
  }

  close(): void {
    for (const watch of this.#watched.values()) watch.stop();
    this.#watched.clear();
  }

  #examine(member: Member, watch: Watch): void {
    const asked = this.#ask(member, this.#check, (isWell) => {
      if (this.#watched.get(member) !== watch) return;
      this.#learn(member, watch, isWell);
      const factor = 1 - jitter + 2 * jitter * this.#random();
      const delayMs = Math.max(intervalMsMin, this.#check.intervalMs * factor);
      watch.stop = this.#scheduler.after(delayMs, () => this.#examine(member, watch));
    });
    watch.stop = () => asked.abort();
  }

  /** The first check decides alone: nobody waits for three intervals after a start. */
  #learn(member: Member, watch: Watch, isWell: boolean): void {
    const { healthyThreshold, unhealthyThreshold } = this.#check;
    const says = isWell ? 'healthy' : 'unhealthy';
    if (member.health === says) {
      watch.streak = 0;
      return;
    }
    watch.streak++;
    const needed = member.health === 'unknown' ? 1 : isWell ? healthyThreshold : unhealthyThreshold;
    if (watch.streak < needed) return;
    watch.streak = 0;
    member.health = says;
    this.#onChange(member);
  }
}

interface Watch {
  /** Checks in a row that said otherwise than what the target counts as. */
  streak: number;
  stop: () => void;
}

/** @param matcher - `200`, `200-399`, `200,301`, or a mixture */
export function compileMatcher(matcher: string): (status: number) => boolean {
  const ranges = matcher.split(',').map((part) => {
    const [from, to = from] = part.split('-').map((text) => Number(text.trim()));
    return [from!, to!] as const;
  });
  return (status) => ranges.some(([from, to]) => status >= from && status <= to);
}
