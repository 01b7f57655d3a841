// What is known of a WebSocket event once its route is selected: constants of one route on one stage, made at compile
// time and shared by all its events.

import type { SocketRecorder } from './recorder.ts';

export interface SocketRoute {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly deploymentId: string;
  /** `$connect`, `$disconnect`, `$default`, or a key; '' when nothing matched. */
  readonly routeKey: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly recorder: SocketRecorder;
}
