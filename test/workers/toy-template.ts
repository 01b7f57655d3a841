// Templates for these tests only: a word and an argument. They do what a real template must never manage to do.

import type { RenderLimits } from '../../src/mapping/index.ts';
import {
  compileTemplate,
  type MappingTemplate,
  type RenderResult,
  type TemplateScope,
} from '../../src/mapping/template.ts';

const acts: Readonly<
  Record<string, (scope: TemplateScope, argument: string, limits?: Partial<RenderLimits>) => RenderResult>
> = {
  echo: (scope, argument) => ({ output: `${argument}${scope.input.body ?? ''}` }),
  scope: (scope) => ({ output: JSON.stringify(scope) }),
  override: (scope) =>
    ({
      output: '',
      requestOverride: { header: { 'x-a': scope.input.body }, path: {}, querystring: { b: ['1', '2'] } },
      responseOverride: { status: 201 },
    }) as RenderResult,
  fail: (_, argument) => {
    throw new Error(argument);
  },
  spin: (scope, argument) => {
    const end = performance.now() + Number(argument);
    while (performance.now() < end);
    return { output: `spun ${scope.input.body}` };
  },
  hang: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  limits: (_scope, _argument, limits) => {
    const { deadline } = limits!;
    while (deadline!.nowMs() < deadline!.atMs);
    throw new Error('The template takes too long');
  },
};

/** @param source - `word argument` */
export function compileToy(source: string): MappingTemplate {
  const [word = '', argument = ''] = source.split(' ');
  const act = acts[word]!;
  const render = (scope: TemplateScope, limits?: Partial<RenderLimits>): RenderResult =>
    act(scope, argument, limits);
  return { source, constantOutput: null, uses: compileTemplate('').uses, render };
}

/** @param body - the only thing that differs among the scopes of a test */
export function scopeOf(body: string | null): TemplateScope {
  return {
    input: { body, path: { id: '7' }, querystring: { q: 'a b' }, header: { Accept: '*/*' } },
    context: { stage: 'prod', identity: { sourceIp: '127.0.0.1', user: null } },
    stageVariables: { url: 'example.com' },
  } as unknown as TemplateScope;
}
