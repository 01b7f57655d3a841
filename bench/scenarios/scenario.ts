// What a scenario is given, and what it hands back.

/** Of one run of the whole bench. */
export interface Bench {
  /** Short runs: for a look, not for proof. */
  readonly quick: boolean;
  /** The server's core, and that of everyone else; null where the machine has only one. */
  readonly cores: { readonly server: number | null; readonly load: number | null };
  /** Port of the upstream service, started on first use. */
  upstreamPort(): Promise<number>;
  /** A fresh folder; removed at the end of the run. */
  folder(name: string): string;
  progress(text: string): void;
  /** Others kept the machine busy when the scenario began: a promise about absolute time that fails is not disproved. */
  isMachineBusy(): boolean;
}

/** Named in URIs that nobody calls. */
export const unusedPort = 9999;

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One promise of the issue, held against this run. */
export interface Claim {
  readonly promise: string;
  readonly measured: string;
  /** `not proven`: something that is needed for the proof is missing here, or the run was too short. */
  readonly verdict: 'met' | 'missed' | 'not proven';
}

/** Latencies by percentile, for the plot. */
export interface Curve {
  readonly name: string;
  /** [percentile, microseconds] */
  readonly points: readonly (readonly [number, number])[];
}

export interface ScenarioResult {
  readonly tables?: readonly Table[];
  readonly claims?: readonly Claim[];
  readonly curves?: readonly Curve[];
  /** Output of other programs, as they gave it. */
  readonly verbatim?: readonly { readonly caption: string; readonly text: string }[];
  readonly notes?: readonly string[];
  /** Kept in history.jsonl. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** One file per scenario, and one line in `index.ts`. */
export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<ScenarioResult>;
}

/** A claim that holds when `isMet`; null = this run cannot tell. */
export function claim(promise: string, measured: string, isMet: boolean | null): Claim {
  return { promise, measured, verdict: isMet === null ? 'not proven' : isMet ? 'met' : 'missed' };
}

/** A claim about absolute time: when it fails on a busy machine, that tells nothing. */
export function timeClaim(bench: Bench, promise: string, measured: string, isMet: boolean): Claim {
  const isBusy = bench.isMachineBusy();
  return claim(
    promise,
    isBusy ? `${measured}, on a busy machine` : measured,
    isMet ? true : isBusy ? null : false,
  );
}

export const ms = (us: number): string => `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
export const thousands = (n: number): string => Math.round(n).toLocaleString('en-US');
