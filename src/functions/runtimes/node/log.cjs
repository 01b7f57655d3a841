'use strict';
// console.* as Lambda writes it: time, request id, level and message between tabs.

const { writeSync } = require('node:fs');
const { format } = require('node:util');
const { requestIdNow } = require('./current.cjs');

const levels = {
  log: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  warn: 'WARN',
  error: 'ERROR',
  trace: 'TRACE',
  fatal: 'FATAL',
};

function log(level, message) {
  write(`${new Date().toISOString()}\t${requestIdNow()}\t${level}\t${message}\n`);
}

/** Written before the answer is: the host reads both in this order. */
function write(text) {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      // Somebody has made the pipe non-blocking, and it is full.
      if (error.code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function patchConsole() {
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...args) => log(level, format(...args));
  }
  console.trace = function trace(...args) {
    const holder = { name: 'Trace', message: format(...args) };
    Error.captureStackTrace(holder, trace);
    log('TRACE', holder.stack);
  };
}

module.exports = { log, patchConsole };
