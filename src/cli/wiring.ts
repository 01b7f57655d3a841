// What the command line is handed from outside, because it stands on the control plane's side and may not look at
// the gateway: `main.ts` wires it.

import type { MeterFile } from '../resources/index.ts';

/** What `sluice doctor` is told of the machine by the gateway's rooms. */
export interface MachineReport {
  /** The uWebSockets.js binary in use, or why none can be loaded. */
  readonly uws: { readonly ok: boolean; readonly text: string };
  /** Which throttling counters would be used. */
  readonly counters: { readonly ok: boolean; readonly text: string };
  /** Whether SQLi and XSS statements of web ACLs can be evaluated. */
  readonly injection: { readonly ok: boolean; readonly text: string };
  /** For example `2.36`; null where the C library is not glibc. */
  readonly glibc: string | null;
}

export interface Wiring {
  /** File that data planes run. */
  readonly dataPlaneEntry: string;
  /** File that the function host runs. */
  readonly functionHostEntry: string;
  /** Which code this is: data planes of another build are replaced, not adopted. */
  buildId(): string;
  /** Why a port cannot be listened on, in words; null when it can. */
  portProblem(host: string, port: number): Promise<string | null>;
  inspectMachine(): Promise<MachineReport>;
  /** Makes what opens the counters of a data folder's usage plans; that gives null where they are not shared. */
  meters(): Promise<(dataDir: string) => MeterFile | null>;
}
