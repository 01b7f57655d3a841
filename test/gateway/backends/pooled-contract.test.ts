// A target behind a VPC link keeps the upstream contract, as one that a URI names does.

import { upstreamContract } from '../../contract/upstream.ts';
import { addressOf, backendsOf, poolOf } from './support.ts';

for (const secure of [false, true])
  upstreamContract({
    name: `pooled over ${secure ? 'https' : 'http'}`,
    client: 'lean',
    secure,
    cannot: {},
    target: (t, origin, options) => {
      const { connectionsMax = 1024, queuedMax = 1024 } = options;
      const pool = poolOf([addressOf(origin)], { connectionsMax, queuedMax });
      return backendsOf(t, pool, { limits: options }).linked('link1', origin, {
        insecureSkipVerification: true,
      });
    },
  });
