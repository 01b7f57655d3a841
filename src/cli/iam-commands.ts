// The commands of users and of the audit log: their options and help.

import type { Command } from 'commander';
import { addConfigOptions, configOf } from './config-options.ts';
import type { AccessControl } from './iam.ts';
import {
  addAttachCommands,
  addGroupCommands,
  addManagedCommands,
  addRoleCommands,
  addSessionCommands,
  entityOf,
  ofEntity,
  type RunEntities,
} from './iam-entity-commands.ts';
import { manage } from './manage/manage.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from './manage/options.ts';
import { numberBetween } from './numbers.ts';

type Iam = typeof import('./iam.ts');

/** @param add - makes a command with a name and a description */
export function addIamCommands(add: Add, done: Done): void {
  const iam = add('iam', 'who may call the management API');
  const group = (name: string, description: string) => {
    const parent = iam.command(name).description(description);
    return (sub: string, about: string): Command => addControlOptions(parent.command(sub).description(about));
  };
  /** Runs one of iam.ts over the control plane. */
  const run = async (
    options: Options,
    act: (commands: Iam, control: AccessControl) => Promise<void>,
  ): Promise<void> => {
    const commands = await import('./iam.ts');
    done(await manage(configOf(options), 'asking the control plane', (control) => act(commands, control)));
  };
  addUserCommands(group('user', 'users of the management API'), run);
  addKeyCommands(group('key', 'access keys, with which requests are signed'), run);
  /** Runs one of iam-entities.ts. */
  const runEntities: RunEntities = async (options, act) => {
    const commands = await import('./iam-entities.ts');
    done(await manage(configOf(options), 'asking the control plane', (control) => act(commands, control)));
  };
  addGroupCommands(group('group', 'groups of users, who may what their group may'), runEntities);
  addRoleCommands(group('role', 'roles, which are assumed for a while'), runEntities);
  const policy = group('policy', 'what a user, group or role may do');
  addPolicyCommands(policy, run, runEntities);
  addAttachCommands(policy, runEntities);
  addManagedCommands(group('managed', 'managed policies, which several may have'), runEntities);
  addSessionCommands(group('session', 'temporary credentials'), runEntities);
}

type Run = (options: Options, act: (commands: Iam, control: AccessControl) => Promise<void>) => Promise<void>;

function addUserCommands(command: Add, run: Run): void {
  command('add', 'make a user, who may do nothing yet')
    .argument('<user>')
    .option('--administrator', 'may do everything')
    .option('--read-only', 'may read everything')
    .option('--key', 'make an access key as well, and show its secret')
    .option('--json', jsonHelp)
    .action((user: string, options: Options) =>
      run(options, (commands, control) => commands.addUser(control, user, options)),
    );
  command('list', 'users, their policies and keys')
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.listUsers(control, options.json === true)),
    );
  command('remove', 'remove a user and all keys of that user')
    .argument('<user>')
    .action((user: string, options: Options) =>
      run(options, (commands, control) => commands.removeUser(control, user)),
    );
}

function addKeyCommands(command: Add, run: Run): void {
  command('create', 'make an access key and show its secret, this once')
    .argument('<user>')
    .option('--json', jsonHelp)
    .action((user: string, options: Options) =>
      run(options, (commands, control) => commands.createKey(control, user, options.json === true)),
    );
  command('list', 'access keys without their secrets')
    .argument('[user]', 'of this user alone')
    .option('--json', jsonHelp)
    .action((user: string | undefined, options: Options) =>
      run(options, (commands, control) => commands.listKeys(control, user, options.json === true)),
    );
  for (const [name, status, about] of [
    ['disable', 'Inactive', 'refuse an access key until it is enabled'],
    ['enable', 'Active', 'accept an access key again'],
  ] as const) {
    command(name, about)
      .argument('<key>', 'its id')
      .action((key: string, options: Options) =>
        run(options, (commands, control) => commands.setKeyStatus(control, key, status)),
      );
  }
  command('remove', 'remove an access key')
    .argument('<key>', 'its id')
    .action((key: string, options: Options) =>
      run(options, (commands, control) => commands.removeKey(control, key)),
    );
}

/** Users' go the way of old; those of groups and roles are operations of IAM. */
function addPolicyCommands(command: Add, run: Run, runEntities: RunEntities): void {
  const isUsers = ({ group, role }: Options): boolean => group !== true && role !== true;
  ofEntity(command('put', 'give a user, group or role a policy, or replace it'))
    .argument('<policy>', 'its name')
    .argument('<file>', 'JSON document; "-" reads standard input')
    .action((user: string, policy: string, file: string, options: Options) =>
      isUsers(options)
        ? run(options, (commands, control) => commands.putPolicy(control, user, policy, file))
        : runEntities(options, (commands, control) =>
            commands.putPolicy(control, entityOf(user, options), policy, file),
          ),
    );
  ofEntity(command('remove', 'take a policy from a user, group or role'))
    .argument('<policy>', 'its name')
    .action((user: string, policy: string, options: Options) =>
      isUsers(options)
        ? run(options, (commands, control) => commands.removePolicy(control, user, policy))
        : runEntities(options, (commands, control) =>
            commands.removePolicy(control, entityOf(user, options), policy),
          ),
    );
  ofEntity(command('show', 'print the documents of a user, group or role'))
    .argument('[policy]', 'this one alone')
    .option('--json', jsonHelp)
    .action((user: string, policy: string | undefined, options: Options) =>
      isUsers(options)
        ? run(options, (commands, control) =>
            commands.showPolicy(control, user, policy, options.json === true),
          )
        : runEntities(options, (commands, control) =>
            commands.showPolicies(control, entityOf(user, options), policy, options.json === true),
          ),
    );
}

/** @param add - makes a command with a name and a description */
export function addAuditCommand(add: Add, done: Done): void {
  addConfigOptions(add('audit', 'calls of the management API, newest last'), ['dataDir', 'logs.dir'])
    .option('--since <time>', 'from then on: 2024-01-31, 2024-01-31T12:00:00Z, or 30m, 12h, 7d ago')
    .option('--until <time>', 'before then')
    .option('--user <name>', 'of this user, ARN or access key; "unknown" for refused signatures')
    .option('--event <name>', 'of this operation; "*" stands for any characters: "Delete*"')
    .option('--errors', 'only what was refused or failed')
    .option('--limit <n>', 'the newest so many (default: 50; all with --json)', numberBetween(1, 1e9))
    .option('--json', 'print the records as JSON, one a line')
    .action(async (options: Options) => {
      const { audit } = await import('./audit.ts');
      done(await audit(configOf(options), options));
    });
}
