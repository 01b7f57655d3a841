// Mapping templates: text in, a function out. Velocity 1.7 as API Gateway runs it.

import { TemplateParseError, TemplateRenderError } from './errors.ts';
import type { Value } from './value/kinds.ts';
import { closeMeter } from './value/meter.ts';
import { type CompiledBlock, Compiler } from './velocity/compile.ts';
import { ContextRoot, overrideLeft, type PlainData } from './velocity/context-map.ts';
import { InputObject, mapOf, type TemplateInput, UtilObject } from './velocity/hosts.ts';
import {
  CONTEXT,
  DEFAULT_LIMITS,
  freshNames,
  INPUT,
  type Macro,
  type Names,
  type Render,
  type RenderLimits,
  Runtime,
  STAGE_VARIABLES,
  StopSignal,
  UTIL,
} from './velocity/runtime.ts';
import type { TemplateUses } from './velocity/usage.ts';

/** What a template is rendered with. None of it is changed. */
export interface TemplateScope {
  readonly input: TemplateInput;
  /** `$context` as plain nested data; overrides of an earlier template belong here too. */
  readonly context: Record<string, unknown>;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** What a template has left under `$context`, as plain data; empty maps are left out. */
export interface TemplateOverrides {
  requestOverride?: Record<string, unknown>;
  responseOverride?: Record<string, unknown>;
}

export interface RenderResult extends TemplateOverrides {
  readonly output: string;
}

export interface MappingTemplate {
  readonly source: string;
  /** The output of a template that is one constant text whatever the scope; else null. */
  readonly constantOutput: string | null;
  /** What the template can touch, so that callers need not build the rest. */
  readonly uses: TemplateUses;
  /**
   * Renders the template.
   *
   * @throws TemplateRenderError for a fault of the template or an exceeded limit; TemplateRefusedError, which is one,
   * for `#include` and `#parse`; TemplateParseError when a text given to `#evaluate` does not parse
   */
  render(scope: TemplateScope, limits?: Partial<RenderLimits>): RenderResult;
}

/**
 * Compiles a mapping template.
 *
 * @param source - the template text
 * @throws TemplateParseError
 * @see API Gateway Developer Guide, "Mapping template transformations for REST APIs"
 */
export function compileTemplate(source: string): MappingTemplate {
  const names = freshNames();
  const macros = new Map<string, Macro>();
  const compiler = new Compiler(source, names, macros);
  const { render, text } = compiledBlock(compiler);
  return new Template(source, text, compiler.usage.result(), render, names, macros);
}

function compiledBlock(compiler: Compiler): CompiledBlock {
  try {
    return compiler.compile();
  } catch (error) {
    // What nests is bounded, and so is what stands in a row; both together may still be more than the stack holds.
    if (error instanceof RangeError) throw new TemplateParseError('The template is nested too deeply', 1, 1);
    throw error;
  }
}

const UTIL_OBJECT = new UtilObject();

class Template implements MappingTemplate {
  readonly source: string;
  readonly constantOutput: string | null;
  readonly uses: TemplateUses;
  private readonly body: Render;
  private readonly names: Names;
  private readonly noVars: readonly Value[];
  private readonly macros: ReadonlyMap<string, Macro>;

  constructor(
    source: string,
    constantOutput: string | null,
    uses: TemplateUses,
    body: Render,
    names: Names,
    macros: ReadonlyMap<string, Macro>,
  ) {
    this.source = source;
    this.constantOutput = constantOutput;
    this.uses = uses;
    this.body = body;
    this.names = names;
    this.noVars = new Array<Value>(names.size).fill(null);
    this.macros = macros;
  }

  render(scope: TemplateScope, limits?: Partial<RenderLimits>): RenderResult {
    const bounds = limits === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...limits };
    const context = this.uses.context ? new ContextRoot(scope.context) : null;
    const vars = this.noVars.slice();
    const rt = new Runtime(this.names, vars, this.macros, bounds);
    vars[INPUT] = new InputObject(scope.input);
    vars[UTIL] = UTIL_OBJECT;
    vars[CONTEXT] = context;
    if (this.uses.stageVariables) vars[STAGE_VARIABLES] = mapOf(scope.stageVariables);
    try {
      this.body(rt);
    } catch (error) {
      if (error instanceof RangeError)
        throw new TemplateRenderError('The template nests too deeply', { cause: error });
      if (!(error instanceof StopSignal)) throw error;
    } finally {
      closeMeter();
    }
    return resultOf(rt.out, context, scope.context);
  }
}

function resultOf(output: string, context: ContextRoot | null, given: PlainData): RenderResult {
  const result: TemplateOverrides & { output: string } = { output };
  const request = overrideLeft(context, given, 'requestOverride');
  const response = overrideLeft(context, given, 'responseOverride');
  if (request !== undefined) result.requestOverride = request;
  if (response !== undefined) result.responseOverride = response;
  return result;
}
