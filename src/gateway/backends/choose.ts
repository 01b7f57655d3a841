// Which target takes the next call. Pure but for the shares that it keeps on the members.

import type { TargetPool } from '../../resources/index.ts';
import type { Member } from './member.ts';

export type Balance = TargetPool['balance'];

/** A target that has just come back gets at least this part of its share. */
const slowStartShareMin = 0.1;
/** Pools up to this size are looked through whole; of larger ones two are drawn. */
const fullScanMax = 16;

/** The weight that counts now: it grows over `slowStartMs` from the moment a target came (back). */
function weightNow(member: Member, slowStartMs: number, nowMs: number): number {
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

/** The least outstanding calls for its weight. Those that are level, as all are in an idle pool, take turns. */
function leastLoaded(
  candidates: readonly Member[],
  slowStartMs: number,
  nowMs: number,
  random: () => number,
): Member {
  const count = candidates.length;
  if (count > fullScanMax) {
    const first = Math.floor(random() * count);
    const a = candidates[first]!;
    const b = candidates[(first + 1 + Math.floor(random() * (count - 1))) % count]!;
    const [weightA, weightB] = [weightNow(a, slowStartMs, nowMs), weightNow(b, slowStartMs, nowMs)];
    const difference = a.outstanding / weightA - b.outstanding / weightB;
    if (difference === 0) return random() * (weightA + weightB) < weightA ? a : b;
    return difference < 0 ? a : b;
  }
  let least = Number.POSITIVE_INFINITY;
  const level: Member[] = [];
  for (const member of candidates) {
    const load = member.outstanding / weightNow(member, slowStartMs, nowMs);
    if (load > least) continue;
    if (load < least) level.length = 0;
    least = load;
    level.push(member);
  }
  return level.length === 1 ? level[0]! : nextInTurn(level, slowStartMs, nowMs);
}
