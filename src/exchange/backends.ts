// What integrations ask about backends that the published state names: VPC links, services, roles. Types only;
// gateway/backends implements it. Answers follow the published state, so plans keep the door, never what is behind it.

import type { IntrospectionEndpoint, RoleCredentials, ServiceEndpoint } from '../resources/index.ts';
import type { UpstreamTarget, UpstreamTargetOptions } from './upstream.ts';

/** A role whose keys are configured, or one of the account that lets the gateway assume it. */
export interface UsableRole extends RoleCredentials {
  /** Whether its policies let it do something. Absent where others know: keys that are configured. */
  readonly allows?: (action: string, resource: string) => boolean;
}

export interface Backends {
  /**
   * The pool behind a VPC link, for calls to one origin: its scheme says whether TLS is spoken, its host and port are
   * the Host field and the server name. Made at compile time; a link or pool that is not there (yet) fails each call
   * with 'connect', source 'ourselves', and says what is missing.
   */
  linked(connectionId: string, origin: string, options: UpstreamTargetOptions): UpstreamTarget;
  /** Where calls to a service go; null when none is configured. */
  service(name: string): ServiceEndpoint | null;
  /** What a role stands for; null when it is neither configured nor one of the account's that trusts the gateway. */
  role(roleArn: string): UsableRole | null;
  /** Who is asked about opaque tokens; null when it is not configured. */
  introspection(name: string): IntrospectionEndpoint | null;
}
