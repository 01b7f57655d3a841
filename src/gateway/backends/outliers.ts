// Which targets are left alone for a while, and how they come back. A circuit breaker for each target, with the rest of
// the pool in view: what all targets do is no reason to leave one alone.
//
//   in -- failures in a row, or far more than the others' --> ejected -- time over --> probation -- 3 good calls --> in
//                                                                ^                        |
//                                                                +------ a bad call ------+   (longer each time)

import type { OutlierDetection } from '../../resources/index.ts';
import type { Member } from './member.ts';

/** Good calls in a row before a target is believed. */
const goodCallsNeeded = 3;
/** The ratio is looked at in windows of 10 to 20 seconds. */
const halfWindowMs = 10_000;
const ratioCallsMin = 20;
const ratioMin = 0.5;
/** And at least so many times that of the others. */
const ratioTimesOthers = 2;

/** Decides for the members of one pool. Times are monotonic milliseconds. */
export class Outliers {
  settings: OutlierDetection;
  readonly #members: () => Iterable<Member>;
  readonly #isAvailable: (member: Member, nowMs: number) => boolean;

  /**
   * @param members - those of the pool, draining ones not among them
   * @param isAvailable - whether calls could go there
   */
  constructor(
    settings: OutlierDetection,
    members: () => Iterable<Member>,
    isAvailable: (member: Member, nowMs: number) => boolean,
  ) {
    this.settings = settings;
    this.#members = members;
    this.#isAvailable = isAvailable;
  }

  /** Looks at the clock for it: an ejection that is over becomes probation. */
  standingOf(member: Member, nowMs: number): Member['standing'] {
    if (member.standing === 'ejected' && nowMs >= member.ejectedUntilMs) {
      member.standing = 'probation';
      member.streak = 0;
    }
    return member.standing;
  }

  /** A call went well. @param wasProbe - it was sent because of the probation */
  succeeded(member: Member, wasProbe: boolean, nowMs: number): void {
    if (wasProbe) {
      member.isProbed = false;
      if (member.standing !== 'probation' || ++member.streak < goodCallsNeeded) return;
      member.standing = 'in';
      member.admittedMs = nowMs;
      member.streak = 0;
      member.current = 0;
      forgetWindow(member);
      return;
    }
    if (member.standing !== 'in') return;
    member.streak = 0;
    roll(member, nowMs);
    member.recentCalls++;
  }

  /** A call failed through the target's fault. */
  failed(member: Member, wasProbe: boolean, nowMs: number): void {
    if (wasProbe) {
      member.isProbed = false;
      if (member.standing === 'probation') this.#eject(member, nowMs);
      return;
    }
    // What was sent before the ejection tells nothing new.
    if (member.standing !== 'in') return;
    const { consecutiveFailures } = this.settings;
    member.streak++;
    roll(member, nowMs);
    member.recentCalls++;
    member.recentFailures++;
    if (consecutiveFailures === 0) return;
    const isOutlier = member.streak >= consecutiveFailures || this.#standsOut(member);
    if (isOutlier && this.#mayEject(member, nowMs)) this.#eject(member, nowMs);
  }

  /** A probe ended without telling anything: the client went away. */
  forgotten(member: Member, wasProbe: boolean): void {
    if (wasProbe) member.isProbed = false;
  }

  #standsOut(member: Member): boolean {
    const calls = member.recentCalls + member.olderCalls;
    const ratio = (member.recentFailures + member.olderFailures) / calls;
    if (calls < ratioCallsMin || ratio < ratioMin) return false;
    let otherCalls = 0;
    let otherFailures = 0;
    for (const other of this.#members()) {
      if (other === member) continue;
      otherCalls += other.recentCalls + other.olderCalls;
      otherFailures += other.recentFailures + other.olderFailures;
    }
    return otherCalls >= ratioCallsMin && ratio >= (ratioTimesOthers * otherFailures) / otherCalls;
  }

  /** One at least may always be ejected, and never the last that calls can go to. */
  #mayEject(member: Member, nowMs: number): boolean {
    let count = 0;
    let ejected = 0;
    let isAnotherLeft = false;
    for (const other of this.#members()) {
      count++;
      if (other.standing !== 'in') ejected++;
      else if (other !== member && this.#isAvailable(other, nowMs)) isAnotherLeft = true;
    }
    const max = Math.max(1, Math.floor((count * this.settings.maxEjectedPercent) / 100));
    return isAnotherLeft && ejected < max;
  }

  #eject(member: Member, nowMs: number): void {
    const { baseEjectionMs, maxEjectionMs } = this.settings;
    // One level is forgotten for each two base times of good behaviour.
    const calmMs = member.standing === 'in' ? nowMs - member.ejectedUntilMs : 0;
    const forgiven = Math.floor(calmMs / Math.max(1, 2 * baseEjectionMs));
    member.ejectionLevel = Math.max(0, member.ejectionLevel - forgiven) + 1;
    member.ejectedUntilMs = nowMs + Math.min(maxEjectionMs, baseEjectionMs * member.ejectionLevel);
    member.standing = 'ejected';
    member.streak = 0;
    member.current = 0;
    member.ejections++;
    forgetWindow(member);
  }
}

function roll(member: Member, nowMs: number): void {
  if (nowMs < member.halfWindowEndsMs) return;
  const isOld = nowMs >= member.halfWindowEndsMs + halfWindowMs;
  member.olderCalls = isOld ? 0 : member.recentCalls;
  member.olderFailures = isOld ? 0 : member.recentFailures;
  member.recentCalls = 0;
  member.recentFailures = 0;
  member.halfWindowEndsMs = nowMs + halfWindowMs;
}

function forgetWindow(member: Member): void {
  member.recentCalls = 0;
  member.recentFailures = 0;
  member.olderCalls = 0;
  member.olderFailures = 0;
}
