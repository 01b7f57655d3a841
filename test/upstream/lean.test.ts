// The lean client keeps the upstream contract, in plain text and over TLS.

import { upstreamContract } from '../contract/upstream.ts';

upstreamContract({ name: 'lean over http', client: 'lean', secure: false, cannot: {} });
upstreamContract({ name: 'lean over https', client: 'lean', secure: true, cannot: {} });
