'use strict';
// Errors as Lambda shows them.

const { isNativeError } = require('node:util').types;

/** An error of the runtime itself, with the type that callers know. */
function runtimeError(name, message, stack) {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

const isError = (value) => isNativeError(value) || value instanceof Error;

/** Whatever was thrown -> { errorType, errorMessage, trace } */
function describe(thrown) {
  try {
    if (isError(thrown)) {
      return {
        errorType: String(thrown.name),
        errorMessage: String(thrown.message),
        trace: typeof thrown.stack === 'string' ? thrown.stack.split('\n') : [],
      };
    }
    return { errorType: typeof thrown, errorMessage: thrown.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

/** For the log: with what else the error carries. */
function describeForLog(thrown) {
  const { errorType, errorMessage, trace } = describe(thrown);
  const own = isError(thrown) ? { ...thrown } : {};
  try {
    return JSON.stringify({ errorType, errorMessage, ...own, stack: trace });
  } catch {
    return JSON.stringify({ errorType, errorMessage, stack: trace });
  }
}

module.exports = { describe, describeForLog, runtimeError };
