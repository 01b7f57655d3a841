// A CloudFormation template as far as APIs need it: resources that name each other, parameters, and the functions that put
// texts together. Pure: what the references stand for is asked.
// @see AWS CloudFormation User Guide, "Intrinsic function reference"

import { badRequest } from '../protocol/exceptions.ts';

export interface TemplateResource {
  readonly id: string;
  /** `AWS::ApiGatewayV2::Route` */
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly resources: readonly TemplateResource[];
  /** Name -> value, the defaults among them. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The text that a name stands for: a resource, a parameter, `AWS::Region`. */
export type Resolve = (name: string) => string | undefined;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a text is a template with resources of API Gateway's second version. Never throws. */
export function isV2Template(text: string): boolean {
  if (!text.includes('AWS::ApiGatewayV2::')) return false;
  try {
    return isObject((JSON.parse(text) as Json).Resources);
  } catch {
    return false;
  }
}

/**
 * @param given - parameters by name
 * @throws BadRequestException with one line
 */
export function readTemplate(text: string, given: Readonly<Record<string, string>>): Template {
  const document = parsed(text);
  if (!isObject(document.Resources)) throw badRequest('The template has no Resources');
  return {
    resources: Object.entries(document.Resources).map(([id, resource]) => readResource(id, resource)),
    parameters: readParameters(document.Parameters ?? {}, given),
  };
}

function parsed(text: string): Json {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw badRequest(`The template is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(document)) throw badRequest('The template is not a JSON object');
  return document;
}

function readResource(id: string, resource: unknown): TemplateResource {
  if (!isObject(resource) || typeof resource.Type !== 'string')
    throw badRequest(`Resource "${id}" has no Type`);
  const { Properties = {}, Condition, Type } = resource;
  if (Condition !== undefined) throw badRequest(`Resource "${id}" has a Condition, which is not supported`);
  if (!isObject(Properties)) throw badRequest(`Properties of resource "${id}" are not an object`);
  return { id, type: Type, properties: Properties };
}

function readParameters(declared: unknown, given: Readonly<Record<string, string>>): Map<string, string> {
  if (!isObject(declared)) throw badRequest('Parameters are not an object');
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) {
    const known = Object.keys(declared).join(', ') || 'none';
    throw badRequest(`The template has no parameter "${unknown[0]}"; known: ${known}`);
  }
  return new Map(
    Object.entries(declared).map(([name, parameter]) => {
      const fallback = isObject(parameter) ? parameter.Default : undefined;
      const value = Object.hasOwn(given, name) ? given[name] : fallback;
      if (value === undefined) throw badRequest(`Parameter "${name}" has no default: it must be given`);
      return [name, String(value)];
    }),
  );
}

/**
 * A value with its functions put in: Ref, Fn::Sub, Fn::Join, Fn::GetAtt of ids.
 * @param where - for messages: `Properties of resource "Api"`
 * @returns undefined for `AWS::NoValue`
 * @throws BadRequestException
 */
export function resolved(value: unknown, resolve: Resolve, where: string): unknown {
  if (Array.isArray(value))
    return value.map((entry) => resolved(entry, resolve, where)).filter((entry) => entry !== undefined);
  if (!isObject(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
    return called(name, value[name], resolve, where);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, entry]) => [key, resolved(entry, resolve, where)])
      .filter(([, entry]) => entry !== undefined),
  );
}

function called(name: string, argument: unknown, resolve: Resolve, where: string): unknown {
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? undefined : referred(argument, resolve, where);
    case 'Fn::Sub':
      return substituted(argument, resolve, where);
    case 'Fn::Join':
      return joined(argument, resolve, where);
    case 'Fn::GetAtt': {
      const [id, attribute] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
      if (attribute?.endsWith('Id') === true) return referred(id, resolve, where);
      throw badRequest(`${where}: Fn::GetAtt of "${attribute}" is not supported`);
    }
    default:
      throw badRequest(`${where}: ${name} is not supported`);
  }
}

function referred(name: unknown, resolve: Resolve, where: string): string {
  const text = typeof name === 'string' ? resolve(name) : undefined;
  if (text === undefined) throw badRequest(`${where}: unresolved reference to "${String(name)}"`);
  return text;
}

/** `${Name}`, `${AWS::Region}`, `${Resource.ApiId}`; `${!Literal}` stays, without its mark. */
function substituted(argument: unknown, resolve: Resolve, where: string): string {
  const [text, names] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof text !== 'string' || !isObject(names)) throw badRequest(`${where}: Fn::Sub expects a text`);
  return text.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, mark: string, name: string) => {
    if (mark === '!') return `\${${name}}`;
    if (Object.hasOwn(names, name)) return String(resolved(names[name], resolve, where));
    return referred(name.replace(/\.\w*Id$/, ''), resolve, where);
  });
}

function joined(argument: unknown, resolve: Resolve, where: string): string {
  const [separator, list] = Array.isArray(argument) ? argument : [];
  if (typeof separator !== 'string' || !Array.isArray(list))
    throw badRequest(`${where}: Fn::Join expects a separator and a list`);
  return (resolved(list, resolve, where) as unknown[]).map(String).join(separator);
}
