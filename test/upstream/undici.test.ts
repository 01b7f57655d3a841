// undici keeps the upstream contract, but for what its parser decides differently.

import { upstreamContract } from '../contract/upstream.ts';

const cannot = {
  '100':
    'undici gives up on 100 Continue that it did not ask for (lib/dispatcher/client-h1.js, onHeadersComplete)',
  'of HTTP/2.0': "undici's parser accepts the version and does not tell it",
  'of HTTP/1.0 in chunks': "undici's parser does not tell the version",
};

upstreamContract({ name: 'undici over https', client: 'undici', secure: true, cannot });
upstreamContract({ name: 'undici over http', client: 'undici', secure: false, cannot });
