// All scenarios, in the order of the report. The list is the registry.

import { badTarget } from './bad-target.ts';
import { broadcast } from './broadcast.ts';
import { cpuPerRequest } from './cpu-per-request.ts';
import { functions } from './functions.ts';
import { hostile } from './hostile.ts';
import { management } from './management.ts';
import { offload } from './offload.ts';
import { peerPosts } from './peer-posts.ts';
import { micro, templates } from './programs.ts';
import type { Scenario } from './scenario.ts';
import { startUp } from './start-up.ts';
import { streams } from './streams.ts';
import { sustained } from './sustained.ts';
import { swap } from './swap.ts';
import { throttleProof } from './throttle-proof.ts';
import { tokens } from './tokens.ts';
import { usagePlan } from './usage-plan.ts';
import { websocketConnections } from './websocket-connections.ts';
import { websocketMessages } from './websocket-messages.ts';
import { websocketOpening } from './websocket-opening.ts';

export const scenarios: readonly Scenario[] = [
  sustained,
  throttleProof,
  cpuPerRequest,
  templates,
  micro,
  startUp,
  swap,
  offload,
  management,
  functions,
  streams,
  badTarget,
  hostile,
  tokens,
  usagePlan,
  websocketMessages,
  websocketConnections,
  websocketOpening,
  broadcast,
  peerPosts,
];
