// What a template can touch, gathered while it is compiled, so that callers need not build what nobody reads.

import type { ReferenceNode, StepNode } from './tree.ts';

/** What a template can touch. */
export interface TemplateUses {
  readonly body: boolean;
  readonly headers: boolean;
  readonly querystring: boolean;
  readonly path: boolean;
  readonly context: boolean;
  /** Top-level keys of $context; null when any may be read. */
  readonly contextKeys: readonly string[] | null;
  readonly stageVariables: boolean;
  readonly overrides: boolean;
  readonly regex: boolean;
}

const REGEX_METHODS = new Set(['matches', 'replaceAll', 'replaceFirst', 'split']);
const PARAM_KINDS = new Map([
  ['header', 'headers'],
  ['querystring', 'querystring'],
  ['path', 'path'],
] as const);

export class Usage {
  private body = false;
  private headers = false;
  private querystring = false;
  private path = false;
  private stageVariables = false;
  private regex = false;
  private context = false;
  private contextKeys: Set<string> | null = new Set();

  /** Text that is only known at run time may touch anything. */
  noteAnything(): void {
    this.body =
      this.headers =
      this.querystring =
      this.path =
      this.stageVariables =
      this.regex =
      this.context =
        true;
    this.contextKeys = null;
  }

  noteRegex(): void {
    this.regex = true;
  }

  noteReference(node: ReferenceNode, constantOf: (step: StepNode) => string | null): void {
    for (const step of node.steps)
      if (step.type === 'method' && REGEX_METHODS.has(step.name)) this.regex = true;
    if (node.root === 'input') this.noteInput(node.steps, constantOf);
    else if (node.root === 'stageVariables') this.stageVariables = true;
    else if (node.root === 'context') {
      this.context = true;
      const key = keyOf(node.steps[0], constantOf);
      if (key === null) this.contextKeys = null;
      else this.contextKeys?.add(key);
    }
  }

  private noteInput(steps: readonly StepNode[], constantOf: (step: StepNode) => string | null): void {
    const [first, second] = steps;
    if (first === undefined || first.type === 'index') {
      this.body = this.headers = this.querystring = this.path = this.regex = true;
    } else if (first.name !== 'params') {
      this.body = true;
      // A filter of a path that is only known at run time may hold a regular expression.
      const path = first.type === 'method' ? constantOf(first) : '';
      if (path === null || path.includes('=~')) this.regex = true;
    } else {
      const key = first.type === 'method' && first.args.length === 0 ? keyOf(second, constantOf) : null;
      const kind = PARAM_KINDS.get(key as 'header');
      if (kind !== undefined) this[kind] = true;
      else this.headers = this.querystring = this.path = true;
    }
  }

  result(): TemplateUses {
    const { body, headers, querystring, path, context, stageVariables, regex } = this;
    const keys = this.contextKeys === null ? null : [...this.contextKeys];
    const overrides =
      context && (keys === null || keys.includes('requestOverride') || keys.includes('responseOverride'));
    return {
      body,
      headers,
      querystring,
      path,
      context,
      contextKeys: context ? keys : [],
      stageVariables,
      overrides,
      regex,
    };
  }
}

// "$context.stage", "$context['stage']", "$context.get('stage')"
function keyOf(step: StepNode | undefined, constantOf: (step: StepNode) => string | null): string | null {
  if (step === undefined) return null;
  if (step.type === 'property') return step.name;
  if (step.type === 'method' && step.name !== 'get') return null;
  return constantOf(step);
}
