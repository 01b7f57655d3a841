// The gateway's @connections and @topics, called with nothing but fetch: each request is signed with Signature Version 4.
// With the AWS SDK, ApiGatewayManagementApiClient does the same for @connections; topics are Sluice's own.

import { createHash, createHmac } from 'node:crypto';

/** @param environment - with ENDPOINT (the stage's URL), ACCESS_KEY_ID, SECRET_ACCESS_KEY, AWS_REGION */
export function management(environment) {
  const call = async (method, path, body = '') => {
    const { ENDPOINT, ACCESS_KEY_ID, SECRET_ACCESS_KEY, AWS_REGION } = environment;
    const url = new URL(`${ENDPOINT}${path}`);
    const headers = sign(method, url, body, {
      id: ACCESS_KEY_ID,
      secret: SECRET_ACCESS_KEY,
      region: AWS_REGION,
    });
    const response = await fetch(url, { method, headers, ...(body === '' ? {} : { body }) });
    const text = await response.text();
    if (response.ok || response.status === 410) return { isGone: response.status === 410, text };
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  };
  const connection = (id) => `/@connections/${encodeURIComponent(id)}`;
  const topic = (name) => `/@topics/${encodeURIComponent(name)}`;
  return {
    /** @returns {Promise<boolean>} false when the connection is gone */
    post: async (id, message) => !(await call('POST', connection(id), JSON.stringify(message))).isGone,
    join: (id, name) => call('PUT', `${connection(id)}/topics/${encodeURIComponent(name)}`),
    publish: (name, message) => call('POST', topic(name), JSON.stringify(message)),
  };
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** @see AWS General Reference, "Signature Version 4 signing process" */
function sign(method, url, body, { id, secret, region }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  // The path as it is sent, encoded once more.
  const path = url.pathname.split('/').map(encode).join('/');
  const canonical = [
    method,
    path,
    '',
    `host:${url.host}`,
    `x-amz-date:${time}`,
    '',
    'host;x-amz-date',
    sha256(body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce((derived, part) => hmac(derived, part), `AWS4${secret}`);
  const signature = hmac(key, text).toString('hex');
  return {
    'x-amz-date': time,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  };
}
