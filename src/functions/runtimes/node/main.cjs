'use strict';
// The runtime of Node.js functions: started once for each environment, it loads the handler and serves its invocations,
// one after the other or several at once. CommonJS throughout: it starts 8 ms sooner than the same as ES modules.

const { enableCompileCache } = require('node:module');

const { AWS_LAMBDA_MAX_CONCURRENCY, SLUICE_CACHE_DIR, SLUICE_CHANNEL_FD } = process.env;
delete process.env.SLUICE_CACHE_DIR;
delete process.env.SLUICE_CHANNEL_FD;
// V8's code of the function, kept from one environment to the next.
if (SLUICE_CACHE_DIR !== undefined) enableCompileCache(SLUICE_CACHE_DIR);

const { ApiClient } = require('./api-client.cjs');
const { Channel } = require('./channel.cjs');
const { InvokeStore, separate } = require('./current.cjs');
const { describe } = require('./errors.cjs');
const { Invoker } = require('./invoker.cjs');
const { loadHandler } = require('./load-handler.cjs');
const { log, patchConsole } = require('./log.cjs');
const { awslambda } = require('./streaming.cjs');
const { keepTraceId } = require('./trace-id.cjs');

/** As the real runtime exits after an error that nobody caught. */
const uncaughtExitCode = 129;
const rejectionExitCode = 128;

globalThis.awslambda = awslambda;
patchConsole();
keepTraceId();
/** Invocations that this environment may have at once. */
const concurrency = Number(AWS_LAMBDA_MAX_CONCURRENCY ?? 1);
if (concurrency > 1) {
  separate();
  awslambda.InvokeStore = new InvokeStore();
}
const links =
  SLUICE_CHANNEL_FD === undefined
    ? Array.from({ length: concurrency }, () => new ApiClient(process.env.AWS_LAMBDA_RUNTIME_API))
    : [new Channel(Number(SLUICE_CHANNEL_FD), concurrency > 1)];

/** @type {Invoker | null} */
let invoker = null;

/** Tells the host of an error that nobody caught, and exits. */
function crash(label, error, exitCode) {
  const shape = describe(error);
  log('ERROR', `${label} \t${JSON.stringify({ ...shape, trace: undefined, stack: shape.trace })}`);
  const exit = () => process.exit(exitCode);
  if (invoker === null) links[0].postInitError(shape, exit);
  else if (!invoker.failAll(shape, exit)) exit();
}

process.on('uncaughtException', (error) => crash('Uncaught Exception', error, uncaughtExitCode));
process.on('unhandledRejection', (reason) => {
  const error = new Error(reason?.toString?.() ?? String(reason));
  error.name = 'Runtime.UnhandledPromiseRejection';
  error.stack = reason?.stack ?? error.stack;
  crash('Unhandled Promise Rejection', error, rejectionExitCode);
});

loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER).then(
  (handler) => {
    invoker = new Invoker(links, handler);
    invoker.begin();
  },
  (error) => crash('Uncaught Exception', error, 1),
);
