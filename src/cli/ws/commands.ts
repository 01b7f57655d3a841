// The commands of WebSocket APIs: their options and help.

import { type Command, Option } from 'commander';
import { configOf, UsageError } from '../config-options.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from '../manage/options.ts';
import { numberBetween } from '../numbers.ts';

/** @param add - makes a command with a name and a description */
export function addSocketCommands(add: Add, done: Done): void {
  const ws = add('ws', 'WebSocket APIs: connect to one, look at its connections and topics');
  const command = (name: string, description: string): Command =>
    addControlOptions(ws.command(name).description(description));

  command('connect', 'open a connection: what is typed is sent, line by line; what comes is printed')
    .argument('<url>', 'ws://, wss://, http:// or https://')
    .option('-H, --header <name:value>', 'of the handshake; may be repeated', gatherHeaders)
    .addOption(
      new Option('-p, --protocol <name>', 'sub-protocol to offer; may be repeated').argParser(gatherNames),
    )
    .option(
      '--sign',
      'sign the handshake: with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else with the key of the data folder',
    )
    .option(
      '--wait <seconds>',
      'after the end of standard input, for so long without a message (default: 1)',
      numberBetween(0, 86_400),
    )
    .option('--json', 'print each message as a line of JSON with its time')
    .action(async (url: string, options: Options) => {
      const { connect } = await import('./connect.ts');
      done(await connect(configOf(options), url, options as never));
    });

  command('connections', 'the open connections of a stage')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .option('--limit <n>', 'as many at most (default: 1000)', numberBetween(1, 1_000))
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, options: Options) => {
      const { connections } = await import('./connections.ts');
      done(await connections(configOf(options), { api, stage }, options));
    });

  command('topics', 'the topics of a stage that have members')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .option('--limit <n>', 'as many at most (default: 1000)', numberBetween(1, 1_000))
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, options: Options) => {
      const { topics } = await import('./topics.ts');
      done(await topics(configOf(options), { api, stage }, options));
    });

  command('post', 'send a message to one connection')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .argument('<connection>', 'its id')
    .argument('<text>', '"-" reads standard input')
    .action(async (api: string, stage: string, connection: string, text: string, options: Options) => {
      const { post } = await import('./post.ts');
      done(await post(configOf(options), { api, stage }, connection, text));
    });

  command('publish', 'send a message to all connections in a topic')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .argument('<topic>')
    .argument('<text>', '"-" reads standard input')
    .option('--retain', 'newcomers get it at once, until another takes its place')
    .option('--ttl <seconds>', 'with --retain: for so long', numberBetween(1, 31_536_000))
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, topic: string, text: string, options: Options) => {
      if (options.ttl !== undefined && options.retain !== true)
        throw new UsageError('--ttl says how long a retained message is kept: give --retain too');
      const { publish } = await import('./post.ts');
      done(await publish(configOf(options), { api, stage }, topic, text, options));
    });
}

/** `Name: value` options, gathered: name, value, name, value. @throws UsageError */
function gatherHeaders(text: string, before: readonly string[] = []): string[] {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon).trim();
  const value = text.slice(colon + 1).trim();
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new UsageError(`"${text}" is not NAME:VALUE of a header field`);
  return [...before, name, value];
}

function gatherNames(text: string, before: readonly string[] = []): string[] {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)) throw new UsageError(`"${text}" names no sub-protocol`);
  return [...before, text];
}
