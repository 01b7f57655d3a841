// `sluice ws post` and `sluice ws publish`: a message to one connection, or to all in a topic.

import type { ProcessConfig } from '../../config/index.ts';
import { readText } from '../read-text.ts';
import { count, say } from '../terminal.ts';
import { type StageName, withStage } from './stage-call.ts';

const textOf = (given: string): Promise<string> | string => (given === '-' ? readText('-') : given);

/** @returns the exit code */
export async function post(
  config: ProcessConfig,
  name: StageName,
  connectionId: string,
  given: string,
): Promise<number> {
  const text = await textOf(given);
  return withStage(config, name, async (ask) => {
    await ask('POST', `/@connections/${encodeURIComponent(connectionId)}`, text);
  });
}

export interface PublishRequest {
  readonly retain?: boolean;
  /** Seconds. */
  readonly ttl?: number;
  readonly json?: boolean;
}

interface Published {
  readonly deliveries: number;
  readonly conflated: number;
  readonly dropped: number;
}

/** @returns the exit code */
export async function publish(
  config: ProcessConfig,
  name: StageName,
  topic: string,
  given: string,
  { retain, ttl, json }: PublishRequest,
): Promise<number> {
  const text = await textOf(given);
  const query = retain === true ? `?retain=true${ttl === undefined ? '' : `&ttl=${ttl}`}` : '';
  return withStage(config, name, async (ask) => {
    const done = (await ask('POST', `/@topics/${encodeURIComponent(topic)}${query}`, text)) as Published;
    if (json === true) say(JSON.stringify(done, null, 2));
    else say(told(done));
  });
}

function told({ deliveries, conflated, dropped }: Published): string {
  const slow = [
    ...(conflated > 0 ? [`waits for ${conflated} that read slowly`] : []),
    ...(dropped > 0 ? [`dropped for ${dropped} that read slowly`] : []),
  ];
  return [`Delivered to ${count(deliveries, 'connection')}`, ...slow].join('; ');
}
