'use strict';
// The context that a handler is handed.

const {
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_VERSION: functionVersion,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB,
  AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
  AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
} = process.env;

class Context {
  #deadlineMs;
  #call;

  constructor({ requestId, deadlineMs, functionArn, clientContext, identity }, call) {
    this.#deadlineMs = deadlineMs;
    this.#call = call;
    this.functionVersion = functionVersion;
    this.functionName = functionName;
    this.memoryLimitInMB = memoryLimitInMB;
    this.logGroupName = logGroupName;
    this.logStreamName = logStreamName;
    this.clientContext = parse(clientContext);
    this.identity = parse(identity);
    this.invokedFunctionArn = functionArn;
    this.awsRequestId = requestId;
    // Handlers take it out of the context: `const { getRemainingTimeInMillis } = context`.
    this.getRemainingTimeInMillis = () => Math.max(0, this.#deadlineMs - Date.now());
  }

  get callbackWaitsForEmptyEventLoop() {
    return this.#call.waitsForEmptyLoop;
  }

  set callbackWaitsForEmptyEventLoop(waits) {
    this.#call.waitsForEmptyLoop = Boolean(waits);
  }

  succeed(value) {
    this.#call.waitsForEmptyLoop = false;
    this.#call.callBack(null, value);
  }

  fail(error) {
    this.#call.waitsForEmptyLoop = false;
    this.#call.callBack(error ?? 'handled', undefined);
  }

  done(error, value) {
    this.#call.waitsForEmptyLoop = false;
    this.#call.callBack(error, value);
  }
}

function parse(json) {
  if (json === null) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

module.exports = { Context };
