// TestInvokeMethod, as the control plane asks it of a data plane and as a data plane answers.

import type { ApiDefinition } from './rest-api.ts';

export interface TestInvocation {
  /** The API as it is now, deployed or not. */
  readonly definition: ApiDefinition;
  readonly resourceId: string;
  readonly httpMethod: string;
  /** Path and query; null = the resource's own path template. */
  readonly pathWithQueryString: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** PEM of the client certificate to show to the backend. */
  readonly clientCertificate: { readonly certificate: string; readonly privateKey: string } | null;
}

export interface TestInvoked {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The execution log in AWS's form. */
  readonly log: string;
  readonly latencyMs: number;
}
