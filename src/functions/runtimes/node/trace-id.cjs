'use strict';
// `process.env._X_AMZN_TRACE_ID`, another one for each invocation, without the environment of the process: glibc keeps every
// value that a variable ever had (200 bytes a call: a function of 128 MB would end of it within half a million).

const { setTraceIdNow, traceIdNow } = require('./current.cjs');

const name = '_X_AMZN_TRACE_ID';

/** All other variables are the environment's own. */
const handler = {
  get: (env, key) => (key === name ? traceIdNow() : env[key]),
  has: (env, key) => (key === name ? traceIdNow() !== undefined : key in env),
  ownKeys: (env) => (traceIdNow() === undefined ? Reflect.ownKeys(env) : [...Reflect.ownKeys(env), name]),
  getOwnPropertyDescriptor(env, key) {
    if (key !== name) return Reflect.getOwnPropertyDescriptor(env, key);
    const value = traceIdNow();
    if (value === undefined) return undefined;
    return { value, writable: true, enumerable: true, configurable: true };
  },
  set(env, key, value) {
    if (key === name) setTraceIdNow(String(value));
    else env[key] = value;
    return true;
  },
  defineProperty(env, key, descriptor) {
    if (key !== name) return Reflect.defineProperty(env, key, descriptor);
    setTraceIdNow(String(descriptor.value));
    return true;
  },
  deleteProperty(env, key) {
    if (key === name) setTraceIdNow(undefined);
    else delete env[key];
    return true;
  },
};

/** Before the function is loaded: it may take `process.env` apart at once. */
function keepTraceId() {
  delete process.env[name];
  process.env = new Proxy(process.env, handler);
}

module.exports = { keepTraceId };
