// What a template costs to render, learnt while it runs, and what sending it away would cost: the two numbers that
// decide where it is rendered.

/** Where renders happen. `auto` weighs; the others are for those who know better, and for the bench. */
export type Offload = 'auto' | 'always' | 'never';

/**
 * Event-loop time of one batch that crosses and comes back, whatever it carries, and of each job in it: its promise,
 * encoding and decoding. Measured by `bench/micro/pool.bench.ts`; see the figures there before changing one.
 */
export const crossing = Object.freeze({ batchNs: 60_000, jobNs: 2_500, charNs: 0.6 });

/** What a job in a batch costs the event loop, the batch's own share left out. @param chars - length of the body */
export const jobCrossingNs = (chars: number): number => crossing.jobNs + crossing.charNs * chars;

/**
 * What a batch costs here and now, which depends on who else uses the cores: where the thread has none of its own, waking
 * it takes the event loop off its core for as long as it works.
 */
export class CrossingCost {
  #ns: number = crossing.batchNs;

  /** Nanoseconds of the event loop for one batch, its jobs left out; never below the constant. */
  get ns(): number {
    return this.#ns;
  }

  /** @param loopNs - measured in the event loop: encoding, handing over, decoding and handing out */
  learn(loopNs: number, jobsCount: number): void {
    const sample = loopNs + receivingNs - jobsCount * crossing.jobNs;
    this.#ns += 0.125 * (Math.max(crossing.batchNs, sample) - this.#ns);
  }

  /** Called when nothing crosses: what was learnt in bad times fades, so that it is tried again in better ones. */
  fade(): void {
    this.#ns += (crossing.batchNs - this.#ns) / 512;
  }
}

/** The part of a crossing that we cannot time: libuv and piscina receiving the answer. */
const receivingNs = 20_000;

/** A render that reads nothing of the body still counts as this many characters. */
const charsBase = 256;
/** Every render is timed at first, while V8 still compiles and the measurements fall; later only each 32nd. */
const samplesFast = 12;
/** Until then only a measurement beyond this is believed: 12 times as much at most is spent on learning. */
const coldNs = 200_000;
const sampleEvery = 32;
/** A sample above this many estimates (a garbage collection, another process on the core) counts as that many. */
const outlierFactor = 4;

export class JobCost {
  /** Nanoseconds per character of body (plus {@link charsBase}); 0 = nothing known yet. */
  #nsPerChar = 0;
  #samples = 0;
  #untilSample = 1;

  /** @param chars - length of the body that would be rendered @returns nanoseconds; 0 while nothing is known */
  estimateNs(chars: number): number {
    const estimateNs = this.#nsPerChar * (chars + charsBase);
    return this.#samples < samplesFast && estimateNs < coldNs ? 0 : estimateNs;
  }

  /** Counts a render. @returns whether this one should be timed (reading the clock twice costs 60 ns) */
  shouldTime(): boolean {
    if (--this.#untilSample > 0) return false;
    this.#untilSample = this.#samples < samplesFast ? 1 : sampleEvery;
    return true;
  }

  /** Moves the estimate towards a measured render. */
  learn(ns: number, chars: number): void {
    const sample = ns / (chars + charsBase);
    this.#samples++;
    if (this.#nsPerChar === 0) {
      this.#nsPerChar = sample;
      return;
    }
    const weight = this.#samples <= samplesFast ? 0.5 : 0.125;
    this.#nsPerChar += weight * (Math.min(sample, outlierFactor * this.#nsPerChar) - this.#nsPerChar);
  }
}
