'use strict';
// The invocation that the code which runs now belongs to. Where an environment has several at once, each finds its own,
// however many awaits later; the same is what AWS's libraries find as `awslambda.InvokeStore`.

const { AsyncLocalStorage } = require('node:async_hooks');

/** As `@aws/lambda-invoke-store` names what nobody may change. */
const keys = {
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
};
const protectedKeys = new Set(Object.values(keys));

/** Of code that belongs to none. */
const nobodys = {};
/** null: one at a time. @type {AsyncLocalStorage | null} */
let storage = null;
let only = nobodys;

/** From now on invocations run beside each other. */
function separate() {
  storage = new AsyncLocalStorage();
}

/** Whether several invocations are under way at once. */
const isSeparate = () => storage !== null;

const current = () => (storage === null ? only : (storage.getStore() ?? nobodys));

/** Runs what belongs to an invocation. */
function runFor({ requestId, traceId }, run) {
  const context = { [keys.REQUEST_ID]: requestId, [keys.X_RAY_TRACE_ID]: traceId ?? undefined };
  if (storage !== null) return storage.run(context, run);
  only = context;
  return run();
}

/** For lines of the log; undefined before the first invocation. @returns {string | undefined} */
const requestIdNow = () => current()[keys.REQUEST_ID];

/** @returns {string | undefined} */
const traceIdNow = () => current()[keys.X_RAY_TRACE_ID];

/** @param {string | undefined} traceId */
function setTraceIdNow(traceId) {
  current()[keys.X_RAY_TRACE_ID] = traceId;
}

/** What AWS's SDK and Powertools ask for the context of an invocation. */
class InvokeStore {
  static PROTECTED_KEYS = keys;

  getContext() {
    return storage.getStore();
  }

  hasContext() {
    return storage.getStore() !== undefined;
  }

  get(key) {
    return storage.getStore()?.[key];
  }

  set(key, value) {
    if (this.isProtectedKey(key))
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    const context = storage.getStore();
    if (context === undefined) throw new Error('No context available');
    context[key] = value;
  }

  isProtectedKey(key) {
    return protectedKeys.has(key);
  }

  getRequestId() {
    return this.get(keys.REQUEST_ID) ?? '-';
  }

  getXRayTraceId() {
    return this.get(keys.X_RAY_TRACE_ID);
  }

  getTenantId() {
    return this.get(keys.TENANT_ID);
  }

  run(context, run) {
    return storage.run(context, run);
  }
}

module.exports = { InvokeStore, isSeparate, requestIdNow, runFor, separate, setTraceIdNow, traceIdNow };
