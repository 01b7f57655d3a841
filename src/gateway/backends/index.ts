// Backends that the published state names, as integrations find them.

import type { Backends } from '../../exchange/backends.ts';
import { noBackends, type PublishedBackends } from '../../resources/index.ts';

export interface FollowingBackends extends Backends {
  /** Takes over what is published now. */
  adopt(published: PublishedBackends): void;
  close(): void;
}

export function createBackends(): FollowingBackends {
  let current: PublishedBackends = noBackends;
  return {
    adopt: (published) => {
      current = published;
    },
    linked: (connectionId) => ({
      send: (_, handler) => {
        setImmediate(() =>
          handler.onError({
            kind: 'connect',
            source: 'ourselves',
            detail: `the VPC link "${connectionId}" leads nowhere`,
            retrySafe: true,
          }),
        );
        return { abort: () => {}, pause: () => {}, resume: () => {} };
      },
    }),
    service: (name) => current.services.find(({ service }) => service === name) ?? null,
    role: (roleArn) => current.roles.find((role) => role.roleArn === roleArn) ?? null,
    close: () => {},
  };
}
