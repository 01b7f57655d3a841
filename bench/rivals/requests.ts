// The requests of the comparison. Ten fields, as a browser or an SDK sends them.

import type { WireRequest } from '../harness/wire.ts';
import { postedBody, refusedBody } from '../services/bodies.ts';
import type { Work } from './rival.ts';

const fields = {
  'User-Agent': 'sluice-bench/1',
  Accept: 'application/json, text/plain, */*',
  'Accept-Language': 'en-US,en;q=0.9',
  'X-Client-Version': '7.3.1',
  'X-Correlation-Id': '0b6f6a0e-5f6e-4d0c-9d0e-7a3f6d1f2b11',
};
const post = { ...fields, 'Content-Type': 'application/json' };

/** @param prefix - stands before each path, such as `/_aws/execute-api/abc/bench` */
export function requestsUnder(prefix: string): Record<Work, WireRequest> {
  return {
    mock: { method: 'GET', path: `${prefix}/mock`, headers: fields, body: null },
    proxy: { method: 'GET', path: `${prefix}/proxy`, headers: fields, body: null },
    template: { method: 'POST', path: `${prefix}/template`, headers: post, body: postedBody },
    refusal: { method: 'POST', path: `${prefix}/validated`, headers: post, body: refusedBody },
    throttled: { method: 'GET', path: `${prefix}/throttled`, headers: fields, body: null },
  };
}
