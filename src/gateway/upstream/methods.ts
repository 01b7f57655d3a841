// What the upstream room must know of request methods.

/** @see RFC 9110 section 9.2.2: a client may repeat these on its own after a connection failure. */
export function isIdempotent(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'PUT':
    case 'DELETE':
    case 'OPTIONS':
    case 'TRACE':
      return true;
    default:
      return false;
  }
}

/** @see RFC 9110 section 8.6: without a body these still say `Content-Length: 0`. */
export function expectsBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
