// `sluice render`: mapping templates offline, so that people can test theirs without a gateway.

import { once } from 'node:events';
import {
  compileTemplate,
  TemplateParseError,
  TemplateRefusedError,
  TemplateRenderError,
  type TemplateScope,
} from '../mapping/index.ts';
import { CommandError } from './command-error.ts';
import { readText, shownName } from './read-text.ts';
import { note, withProgress } from './terminal.ts';

interface Case extends TemplateScope {
  readonly name: string;
  readonly template: string;
}

/** One line of the output. */
type Rendered =
  | { readonly name: string; readonly output: string; requestOverride?: unknown; responseOverride?: unknown }
  | { readonly name: string; readonly error: 'parse' | 'render' | 'refused' };

/**
 * Renders every case and prints one JSON line for each; what is wrong with a template goes to standard error.
 * @param file - a JSON list of `{name, template, input: {body, path, querystring, header}, context, stageVariables}`
 * @returns the exit code: 0, also for templates that fail, which is their result
 */
export async function render(file: string): Promise<number> {
  const cases = readCases(await readText(file), shownName(file));
  await withProgress('rendering', cases.length, async (bar) => {
    for (const [i, one] of cases.entries()) {
      if (!process.stdout.write(`${JSON.stringify(renderCase(one))}\n`)) await once(process.stdout, 'drain');
      bar.step(i + 1);
    }
  });
  return 0;
}

function renderCase({ name, template, ...scope }: Case): Rendered {
  try {
    return { name, ...compileTemplate(template).render(scope) };
  } catch (error) {
    const kind = errorKind(error);
    note(`${name}: ${(error as Error).message}`);
    return { name, error: kind };
  }
}

function errorKind(error: unknown): 'parse' | 'render' | 'refused' {
  if (error instanceof TemplateParseError) return 'parse';
  if (error instanceof TemplateRefusedError) return 'refused';
  if (error instanceof TemplateRenderError) return 'render';
  throw error; // a bug of ours
}

function readCases(text: string, name: string): Case[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(list))
    throw new CommandError(`${name} is not a list of cases: expected [{"template": ...}, ...]`);
  return list.map((one, i) => readCase(one, `${name}: case ${i + 1}`, i));
}

function readCase(value: unknown, where: string, index: number): Case {
  const one = mapOf(value, where);
  const input = mapOf(one.input ?? {}, `${where}: input`);
  if (typeof one.template !== 'string') throw new CommandError(`${where} has no template: expected a text`);
  const body = input.body ?? null;
  if (body !== null && typeof body !== 'string')
    throw new CommandError(
      `${where}: input.body is ${JSON.stringify(body)?.slice(0, 40)}; expected a text or null`,
    );
  const texts = (member: 'path' | 'querystring' | 'header'): Record<string, string> =>
    textsOf(input[member] ?? {}, `${where}: input.${member}`);
  return {
    name: typeof one.name === 'string' ? one.name : String(index + 1),
    template: one.template,
    input: { body, path: texts('path'), querystring: texts('querystring'), header: texts('header') },
    context: mapOf(one.context ?? {}, `${where}: context`),
    stageVariables: textsOf(one.stageVariables ?? {}, `${where}: stageVariables`),
  };
}

function mapOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new CommandError(`${where} is ${JSON.stringify(value)?.slice(0, 40)}; expected an object`);
}

function textsOf(value: unknown, where: string): Record<string, string> {
  const map = mapOf(value, where);
  for (const [name, text] of Object.entries(map))
    if (typeof text !== 'string') throw new CommandError(`${where}.${name} is not a text`);
  return map as Record<string, string>;
}
