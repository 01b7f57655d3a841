// `sluice functions invoke`: one invocation through the gateway that runs, as `aws lambda invoke` would make it.

import type { ProcessConfig } from '../../config/index.ts';
import { runningStatus } from '../../supervisor/index.ts';
import { CommandError } from '../command-error.ts';
import { manage } from '../manage/manage.ts';
import { readText } from '../read-text.ts';
import { complain, say } from '../terminal.ts';
import { knownFunction } from './known-function.ts';

export interface InvokeRequest {
  /** JSON text, `@FILE`, or `-`. */
  readonly payload?: string;
  readonly qualifier?: string;
  readonly async?: boolean;
  readonly log?: boolean;
  readonly json?: boolean;
}

/** @returns the exit code: 1 when the function has failed */
export async function invokeFunction(
  config: ProcessConfig,
  name: string,
  request: InvokeRequest,
): Promise<number> {
  const payload = await payloadOf(request.payload ?? '{}');
  if ((await runningStatus(config.dataDir)) === null)
    throw new CommandError(
      `no gateway runs on the data folder "${config.dataDir}", and functions run beside one: sluice start`,
    );
  let hasFailed = false;
  const exit = await manage(config, `invoking ${name}`, async (control) => {
    const { functionName } = await knownFunction(control, name);
    const { qualifier } = request;
    const invoked = await control.act('invokeFunction', {
      functionName,
      payload,
      type: request.async === true ? 'Event' : 'RequestResponse',
      ...(qualifier === undefined ? {} : { qualifier }),
    });
    hasFailed = invoked.functionError !== null;
    if (request.log === true && invoked.logTail !== null)
      process.stderr.write(Buffer.from(invoked.logTail, 'base64'));
    if (request.json === true) say(JSON.stringify({ ...invoked, payload: parsed(invoked.payload) }, null, 2));
    else if (request.async === true) say(`Queued as request ${invoked.requestId}.`);
    else say(invoked.payload);
    if (hasFailed && request.json !== true)
      complain(
        `the function failed (${invoked.functionError}, request ${invoked.requestId}); see sluice functions logs ${name}`,
      );
  });
  return hasFailed ? 1 : exit;
}

/** @throws (rejects) CommandError */
async function payloadOf(given: string): Promise<string> {
  const isFile = given === '-' || given.startsWith('@');
  const text = isFile ? await readText(given === '-' ? given : given.slice(1)) : given;
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    const where = isFile ? `"${given.replace(/^@/, '')}"` : 'the payload';
    throw new CommandError(
      `${where} is not JSON (${(error as Error).message}); give JSON text, @FILE or "-"`,
    );
  }
}

/** Text that is no JSON stays text: functions may answer anything. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
