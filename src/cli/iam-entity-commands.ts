// The commands of groups, roles, managed policies and sessions: their options and help.

import { type Command, Option } from 'commander';
import type { LocalControl } from '../control/local/local-control.ts';
import type { Entity } from './iam-entities.ts';
import { jsonHelp, type Options } from './manage/options.ts';
import { numberBetween } from './numbers.ts';

type Entities = typeof import('./iam-entities.ts');
type Control = Pick<LocalControl, 'act' | 'call'>;
/** Makes a command of a group of commands. */
type Make = (name: string, about: string) => Command;
export type RunEntities = (
  options: Options,
  act: (commands: Entities, control: Control) => Promise<void>,
) => Promise<void>;

export function addGroupCommands(command: Make, run: RunEntities): void {
  command('add', 'make a group')
    .argument('<group>')
    .action((group: string, options: Options) =>
      run(options, (commands, control) => commands.addGroup(control, group)),
    );
  command('list', 'groups, their users and policies')
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.listGroups(control, options.json === true)),
    );
  for (const [name, isMember, about] of [
    ['join', true, 'put a user into a group'],
    ['leave', false, 'take a user out of a group'],
  ] as const)
    command(name, about)
      .argument('<group>')
      .argument('<user>')
      .action((group: string, user: string, options: Options) =>
        run(options, (commands, control) => commands.setMembership(control, group, user, isMember)),
      );
  command('remove', 'remove a group with its policies; its users stay')
    .argument('<group>')
    .action((group: string, options: Options) =>
      run(options, (commands, control) => commands.removeGroup(control, group)),
    );
}

export function addRoleCommands(command: Make, run: RunEntities): void {
  command('add', 'make a role, which those have for a while whom its trust policy lets')
    .argument('<role>')
    .requiredOption('--trust <file>', 'the trust policy, JSON; "-" reads standard input')
    .option(
      '--max-session <seconds>',
      'how long a session may last (default: 3600)',
      numberBetween(3_600, 43_200),
    )
    .option('--json', jsonHelp)
    .action((role: string, options: Options) =>
      run(options, (commands, control) => commands.addRole(control, role, String(options.trust), options)),
    );
  command('trust', 'give a role another trust policy')
    .argument('<role>')
    .argument('<file>', 'JSON document; "-" reads standard input')
    .action((role: string, file: string, options: Options) =>
      run(options, (commands, control) => commands.setTrust(control, role, file)),
    );
  command('list', 'roles and their policies')
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.listRoles(control, options.json === true)),
    );
  command('remove', 'remove a role with its policies, and end its sessions')
    .argument('<role>')
    .action((role: string, options: Options) =>
      run(options, (commands, control) => commands.removeRole(control, role)),
    );
}

export function addManagedCommands(command: Make, run: RunEntities): void {
  command('put', 'make a managed policy, or give it a new version')
    .argument('<policy>', 'its name')
    .argument('<file>', 'JSON document; "-" reads standard input')
    .action((policy: string, file: string, options: Options) =>
      run(options, (commands, control) => commands.putManaged(control, policy, file)),
    );
  command('list', 'managed policies, those of AWS too')
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.listManaged(control, options.json === true)),
    );
  command('remove', 'remove a managed policy that is attached to nobody')
    .argument('<policy>', 'its name or ARN')
    .action((policy: string, options: Options) =>
      run(options, (commands, control) => commands.removeManaged(control, policy)),
    );
}

export function addSessionCommands(command: Make, run: RunEntities): void {
  command('end-all', 'refuse all temporary credentials that there are').action((options: Options) =>
    run(options, (commands, control) => commands.endSessions(control)),
  );
}

/** A command that is about one of the three: its first name is a user's unless an option says otherwise. */
export const ofEntity = (command: Command): Command =>
  command
    .argument('<user>', 'or group, or role')
    .addOption(new Option('--group', 'the first name is that of a group').conflicts('role'))
    .addOption(new Option('--role', 'the first name is that of a role'));

/** Whose policy a command means. */
export const entityOf = (name: string, { group, role }: Options): Entity => ({
  kind: role === true ? 'Role' : group === true ? 'Group' : 'User',
  name,
});

/** Managed policies that somebody has. */
export function addAttachCommands(command: Make, run: RunEntities): void {
  for (const [name, isAttached, about] of [
    ['attach', true, 'give somebody a managed policy'],
    ['detach', false, 'take a managed policy from somebody'],
  ] as const)
    ofEntity(command(name, about))
      .argument('<policy>', 'name or ARN of a managed policy')
      .action((user: string, policy: string, options: Options) =>
        run(options, (commands, control) =>
          commands.setAttached(control, entityOf(user, options), policy, isAttached),
        ),
      );
}
