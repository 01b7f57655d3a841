// `sluice functions add`: code becomes a function that APIs can call.

import path from 'node:path';
import type { ProcessConfig } from '../../config/index.ts';
import type { AddFunction } from '../../control/local/function-acts.ts';
import { runningStatus } from '../../supervisor/index.ts';
import { CommandError } from '../command-error.ts';
import { manage } from '../manage/manage.ts';
import { note, paint, say } from '../terminal.ts';
import { checkCode, checkRuntime } from './check-code.ts';
import { concurrencyNote } from './concurrency-note.ts';
import { integrationUri } from './integration-uri.ts';
import { sizeOf } from './size-of.ts';

export interface AddRequest {
  readonly code: string;
  readonly runtime?: string;
  readonly handler?: string;
  readonly timeout?: number;
  readonly memory?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  readonly environmentConcurrency?: number;
  readonly description?: string;
  readonly publish?: boolean;
  /** false with `--no-permission`. */
  readonly permission: boolean;
  readonly json?: boolean;
}

/** @returns the exit code */
export function addFunction(config: ProcessConfig, name: string, request: AddRequest): Promise<number> {
  if (request.runtime !== undefined) checkRuntime(request.runtime);
  return manage(config, `adding the function ${name}`, async (control) => {
    const all = await control.act('listFunctions', undefined);
    const before = all.find(({ functionName }) => functionName === name);
    const runtime = request.runtime ?? before?.runtime;
    const handler = request.handler ?? before?.handler ?? '';
    if (runtime === undefined)
      throw new CommandError(
        `the function "${name}" is new: say what runs it with --runtime, such as nodejs24.x`,
      );
    if (handler === '' && !runtime.startsWith('provided'))
      throw new CommandError(
        `the function "${name}" is new: say where its code begins with --handler, such as app.handler`,
      );
    const code = path.resolve(request.code);
    checkCode(code, request.code, runtime, handler);
    const added = await control.act('addFunction', wantedOf(name, code, request));
    const running = await runningStatus(config.dataDir);
    const uri = integrationUri(added.functionArn);
    if (request.json === true) {
      say(JSON.stringify({ ...added, integrationUri: uri }, null, 2));
      return;
    }
    const version = added.version === '$LATEST' ? '' : `, version ${added.version}`;
    const outcome = { created: 'is made', updated: 'is up to date now', unchanged: 'was so already' };
    say(
      `Function ${paint('bold', name)} ${outcome[added.outcome]}${version} (${sizeOf(added.codeSize)} of zipped code).`,
    );
    say(`  ARN              ${paint('cyan', added.functionArn)}`);
    say(`  integration URI  ${paint('cyan', uri)}`);
    const concurrency = concurrencyNote(request.environmentConcurrency, name, added.environmentConcurrency);
    if (concurrency !== null) note(concurrency);
    if (!request.permission)
      note('APIs may not invoke it until a permission is added: aws lambda add-permission.');
    if (running === null)
      note(`No gateway runs on the data folder "${config.dataDir}"; "sluice start" will run it.`);
  });
}

function wantedOf(name: string, code: string, request: AddRequest): AddFunction {
  const { runtime, handler, timeout, memory, env, concurrency, description, publish, permission } = request;
  const { environmentConcurrency } = request;
  return {
    functionName: name,
    code,
    ...(runtime === undefined ? {} : { runtime }),
    ...(handler === undefined ? {} : { handler }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(memory === undefined ? {} : { memorySize: memory }),
    ...(env === undefined ? {} : { variables: env }),
    ...(concurrency === undefined ? {} : { reservedConcurrentExecutions: concurrency }),
    ...(environmentConcurrency === undefined ? {} : { environmentConcurrency }),
    ...(description === undefined ? {} : { description }),
    ...(publish === undefined ? {} : { publish }),
    allowApis: permission,
  };
}
