// What the commands that manage have in common.

import type { Command } from 'commander';
import { addConfigOptions } from '../config-options.ts';

export type Options = Readonly<Record<string, unknown>>;
/** Told of the exit code. */
export type Done = (exitCode: number) => void;
/** Makes a command with a name and a description. */
export type Add = (name: string, description: string) => Command;

export const jsonHelp = 'print the result as JSON';

/** The options with which a command finds the control plane. */
export const addControlOptions = (command: Command): Command =>
  addConfigOptions(command, ['dataDir', 'region', 'accountId']);
