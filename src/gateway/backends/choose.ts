// Which target takes the next call. Pure but for the shares that it keeps on the members.

import type { TargetPool } from '../../resources/index.ts';
import type { Member } from './member.ts';

export type Balance = TargetPool['balance'];

/** A target that has just come back gets at least this part of its share. */
const slowStartShareMin = 0.1;
/** Pools up to this size are looked through whole; of larger ones two are drawn. */
const fullScanMax = 16;

/** The weight that counts now: it grows over `slowStartMs` from the moment a target came (back). */
export function weightNow(member: Member, slowStartMs: number, nowMs: number): number {
  const sinceMs = nowMs - member.admittedMs;
  if (sinceMs >= slowStartMs) return member.weight;
  return member.weight * Math.max(slowStartShareMin, sinceMs / slowStartMs);
}

/**
 * @param candidates - at least one
 * @param random - 0 up to, not including, 1
 */
export function choose(
  candidates: readonly Member[],
  balance: Balance,
  slowStartMs: number,
  nowMs: number,
  random: () => number,
): Member {
  if (candidates.length === 1) return candidates[0]!;
  return balance === 'roundRobin'
    ? nextInTurn(candidates, slowStartMs, nowMs)
    : leastLoaded(candidates, slowStartMs, nowMs, random);
}

/**
 * Smooth weighted round robin: each gains its weight, the richest is chosen and pays what all have gained. Weights 5, 1,
 * 1 give A A B A C A A, not A A A A A B C.
 */
function nextInTurn(candidates: readonly Member[], slowStartMs: number, nowMs: number): Member {
  let total = 0;
  let best = candidates[0]!;
  for (const member of candidates) {
    const weight = weightNow(member, slowStartMs, nowMs);
    total += weight;
    member.current += weight;
    if (member.current > best.current) best = member;
  }
  best.current -= total;
  return best;
}

/** The least outstanding calls for its weight, the one that is chosen counted. */
function leastLoaded(
  candidates: readonly Member[],
  slowStartMs: number,
  nowMs: number,
  random: () => number,
): Member {
  const count = candidates.length;
  const load = (member: Member): number => (member.outstanding + 1) / weightNow(member, slowStartMs, nowMs);
  // From a place of chance, so that the first of the list is not every idle pool's favourite.
  const start = Math.floor(random() * count);
  if (count > fullScanMax) {
    const a = candidates[start]!;
    const b = candidates[(start + 1 + Math.floor(random() * (count - 1))) % count]!;
    return load(b) < load(a) ? b : a;
  }
  let best = candidates[start]!;
  for (let i = 1; i < count; i++) {
    const member = candidates[(start + i) % count]!;
    if (load(member) < load(best)) best = member;
  }
  return best;
}
