'use strict';
// `process.env._X_AMZN_TRACE_ID`, another one for each invocation, without the environment of the process: glibc keeps every
// value that a variable ever had (200 bytes a call: a function of 128 MB would end of it within half a million).

const name = '_X_AMZN_TRACE_ID';
/** What handlers find there; undefined: there is none. @type {string | undefined} */
let traceId;

/** All other variables are the environment's own. */
const handler = {
  get: (env, key) => (key === name ? traceId : env[key]),
  has: (env, key) => (key === name ? traceId !== undefined : key in env),
  ownKeys: (env) => (traceId === undefined ? Reflect.ownKeys(env) : [...Reflect.ownKeys(env), name]),
  getOwnPropertyDescriptor(env, key) {
    if (key !== name) return Reflect.getOwnPropertyDescriptor(env, key);
    if (traceId === undefined) return undefined;
    return { value: traceId, writable: true, enumerable: true, configurable: true };
  },
  set(env, key, value) {
    if (key === name) traceId = String(value);
    else env[key] = value;
    return true;
  },
  defineProperty(env, key, descriptor) {
    if (key !== name) return Reflect.defineProperty(env, key, descriptor);
    traceId = String(descriptor.value);
    return true;
  },
  deleteProperty(env, key) {
    if (key === name) traceId = undefined;
    else delete env[key];
    return true;
  },
};

/** Before the function is loaded: it may take `process.env` apart at once. */
function keepTraceId() {
  delete process.env[name];
  process.env = new Proxy(process.env, handler);
}

/** @param {string | null} id - of the invocation that begins */
function setTraceId(id) {
  traceId = id ?? undefined;
}

module.exports = { keepTraceId, setTraceId };
