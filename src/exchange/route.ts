// What is known of a request once the router has found its method: all constants of one method on one stage,
// made at compile time and shared by every exchange that takes this route.

import type { Compression } from './compression.ts';
import type { GatewayResponses } from './gateway-responses.ts';
import type { RouteRecorder } from './recorder.ts';
import type { ClientIdentity } from './upstream.ts';

export interface Route {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly apiName: string;
  readonly endpointType: string;
  readonly stageName: string;
  readonly deploymentId: string;
  readonly resourceId: string;
  /** Path template, such as `/pets/{petId}`. */
  readonly resourcePath: string;
  /** Names of the template's variables, in order; the exchange holds the values in the same order. */
  readonly pathParameterNames: readonly string[];
  /** The method's own verb, `ANY` included; null when the route has no method (nothing matched). */
  readonly httpMethod: string | null;
  readonly operationName: string | null;
  /** Canary overrides already laid over. */
  readonly stageVariables: Readonly<Record<string, string>>;
  /** null when the stage has no canary; else whether this plan is the canary's. */
  readonly isCanary: boolean | null;
  /** What the stage shows to https backends that ask; null when it has no client certificate. */
  readonly clientCertificate: ClientIdentity | null;
  /** Answers whether a Content-Type's media type is in `binaryMediaTypes`. */
  readonly isBinary: (mediaType: string) => boolean;
  readonly gatewayResponses: GatewayResponses;
  /** null when the API has no `minimumCompressionSize`. */
  readonly compression: Compression | null;
  readonly recorder: RouteRecorder;
}
