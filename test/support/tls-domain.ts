// What the configuration file says of TLS under one domain name.

import type { TlsDomainSettings } from '../../src/config/index.ts';

/** Nothing, but for `more`. */
export const tlsDomain = (name: string, more: Partial<TlsDomainSettings> = {}): TlsDomainSettings => ({
  name,
  cert: null,
  key: null,
  truststore: null,
  revocations: null,
  securityPolicy: null,
  ...more,
});
