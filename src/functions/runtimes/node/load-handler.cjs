'use strict';
// `dir/app.handler` -> the function that is called.

const { existsSync, statSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { runtimeError } = require('./errors.cjs');

const extensions = ['', '.js', '.mjs', '.cjs'];

/**
 * @param {string} root - folder of the code
 * @param {string} handler - path of a module without its extension, a dot, and the path of its export
 */
async function loadHandler(root, handler) {
  if (handler.includes('..'))
    throw runtimeError(
      'Runtime.MalformedHandlerName',
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  const base = path.basename(handler);
  const dot = base.indexOf('.');
  if (dot < 0) throw runtimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const modulePath = path.join(handler.slice(0, handler.length - base.length), base.slice(0, dot));
  let found = await load(root, modulePath);
  for (const name of base.slice(dot + 1).split('.')) found = found?.[name];
  if (found === undefined || found === null)
    throw runtimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof found !== 'function')
    throw runtimeError('Runtime.HandlerNotFound', `${handler} is not a function`);
  return found;
}

async function load(root, modulePath) {
  const file = find(root, modulePath);
  try {
    return await loadFile(file);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw runtimeError('Runtime.UserCodeSyntaxError', String(error), error.stack);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND')
      throw runtimeError('Runtime.ImportModuleError', String(error), error.stack);
    throw error;
  }
}

function find(root, modulePath) {
  const full = path.resolve(root, modulePath);
  for (const extension of extensions) {
    const file = full + extension;
    if (existsSync(file) && statSync(file).isFile()) return file;
  }
  try {
    return createRequire(path.join(root, 'handler.js')).resolve(modulePath);
  } catch {
    throw runtimeError(
      'Runtime.ImportModuleError',
      `Error: Cannot find module '${path.basename(modulePath)}'`,
    );
  }
}

/** ES modules too are required where they can be: import() would start a second loader, which takes 5 ms. */
async function loadFile(file) {
  try {
    return require(file);
  } catch (error) {
    // It awaits at its top.
    if (error?.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(file).href);
  }
}

module.exports = { loadHandler };
