// A CloudFormation template: text in, its parameters, resources and outputs out, each with its place. What the gateway
// does not do is told by line, never passed over.

import { Cursor } from '../openapi/cursor.ts';
import type { Problem } from '../openapi/index.ts';
import { SourceMap } from '../openapi/index.ts';
import { parseSource } from '../openapi/source.ts';
import { isTemplateType, type TemplateType, templateTypes } from './template-types.ts';

/** As AWS. */
const templateBytesMax = 1_048_576;

export interface TemplateResource {
  readonly logicalId: string;
  readonly type: TemplateType;
  readonly at: Cursor;
  readonly properties: readonly (readonly [name: string, value: Cursor])[];
  /** Logical ids that must come before it. */
  readonly dependsOn: readonly string[];
}

export interface Template {
  /** Name -> where its default stands, or where it is declared without one. */
  readonly parameters: ReadonlyMap<string, { readonly at: Cursor; readonly default: Cursor | undefined }>;
  /** In the order in which they are made. */
  readonly resources: readonly TemplateResource[];
  readonly outputs: readonly (readonly [name: string, value: Cursor])[];
  problem(at: Cursor, message: string, severity?: Problem['severity']): Problem;
}

export interface ReadTemplate {
  /** null when the text could not be read at all. */
  readonly template: Template | null;
  readonly problems: readonly Problem[];
}

const sections = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
]);
/** What is said beside a type and its properties; what becomes of it when a stack is deleted is nobody's business here. */
const attributes = new Set([
  'DeletionPolicy',
  'DependsOn',
  'Metadata',
  'Properties',
  'Type',
  'UpdateReplacePolicy',
]);

/** `!Ref x` and `!Sub x` are short for `{Ref: x}` and `{Fn::Sub: x}`. */
const readTag = (tag: string): string | null => {
  const name = tag.slice(1);
  if (!/^[A-Za-z]+$/.test(name)) return null;
  return name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
};

export function readTemplate(text: string): ReadTemplate {
  const sourceMap = new SourceMap(text);
  if (Buffer.byteLength(text) > templateBytesMax)
    return refused(sourceMap, `The template is larger than ${templateBytesMax} bytes`);
  const source = parseSource(text, (same) => same, readTag);
  const problems: Problem[] = source.problems.map(({ severity, offset, message }) =>
    sourceMap.problemAt(severity, offset, '', message),
  );
  if (problems.some(({ severity }) => severity === 'error')) return { template: null, problems };
  const root = Cursor.atRoot(source);
  const problem: Template['problem'] = (at, message, severity = 'error') =>
    sourceMap.problemAt(severity, at.keyOffset, at.pointer, message);
  const resourcesAt = root.get('Resources');
  if (resourcesAt?.isMap !== true) return refused(sourceMap, 'This is no template: it has no Resources');
  for (const [name, at] of root.entries())
    if (!sections.has(name)) problems.push(problem(at, `Templates with ${name} are not supported`));
  const resources = resourcesAt.entries().flatMap(([logicalId, at]): TemplateResource[] => {
    const found = readResource(logicalId, at);
    if ('type' in found) return [found];
    problems.push(...found.map(([where, message]) => problem(where, message)));
    return [];
  });
  const parameters = new Map(
    (root.get('Parameters')?.entries() ?? []).map(([name, at]) => [name, { at, default: at.get('Default') }]),
  );
  const outputs = (root.get('Outputs')?.entries() ?? []).flatMap(([name, at]) => {
    const value = at.get('Value');
    if (value === undefined) problems.push(problem(at, `The output ${name} has no Value`));
    return value === undefined ? [] : [[name, value] as const];
  });
  return { template: { parameters, resources: inOrder(resources), outputs, problem }, problems };
}

const refused = (sourceMap: SourceMap, message: string): ReadTemplate => ({
  template: null,
  problems: [sourceMap.problemAt('error', 0, '', message)],
});

type Found = readonly (readonly [at: Cursor, message: string])[];

function readResource(logicalId: string, at: Cursor): TemplateResource | Found {
  const type = at.get('Type');
  if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId))
    return [[at, `Logical ids have letters and digits only: ${logicalId}`]];
  if (type === undefined || !isTemplateType(type.word))
    return [
      [
        type ?? at,
        `${logicalId} is of a type that is not supported: ${type?.word ?? 'none'}. Supported are ${Object.keys(templateTypes).join(', ')}`,
      ],
    ];
  const unknown = at.entries().filter(([name]) => !attributes.has(name));
  if (unknown.length > 0)
    return unknown.map(([name, where]) => [where, `${name} of ${logicalId} is not supported`] as const);
  const properties = at.get('Properties');
  const dependsOn = at.get('DependsOn');
  const names = dependsOn?.isList ? dependsOn.items().map(({ word }) => word) : [];
  return {
    logicalId,
    type: type.word as TemplateType,
    at,
    properties: properties?.entries() ?? [],
    dependsOn: dependsOn === undefined || dependsOn.isList ? names : [dependsOn.word],
  };
}

/** By type, so that what is deployed is whole; within a type what refers to another comes after it. */
function inOrder(resources: readonly TemplateResource[]): TemplateResource[] {
  const byRank = [...resources].sort((a, b) => templateTypes[a.type].rank - templateTypes[b.type].rank);
  const known = new Map(byRank.map((resource) => [resource.logicalId, resource]));
  const ordered = new Set<TemplateResource>();
  const add = (resource: TemplateResource, way: readonly TemplateResource[]): void => {
    // A circle shows itself as a reference to what is not there yet.
    if (ordered.has(resource) || way.includes(resource)) return;
    for (const id of [...resource.dependsOn, ...referencesOf(resource)]) {
      const other = known.get(id);
      if (other !== undefined && templateTypes[other.type].rank <= templateTypes[resource.type].rank)
        add(other, [...way, resource]);
    }
    ordered.add(resource);
  };
  for (const resource of byRank) add(resource, []);
  return [...ordered];
}

/** Every name that a property could mean. */
function referencesOf({ properties }: TemplateResource): Set<string> {
  const names = new Set<string>();
  const waiting: Cursor[] = properties.map(([, value]) => value);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const [key, value] of at.entries()) {
      if (key === 'Ref' || key === 'Fn::GetAtt' || key === 'Fn::Sub') {
        const text = value.isList ? (value.items()[0]?.word ?? '') : value.word;
        for (const [, name] of `\${${text}}${text}`.matchAll(/\$\{([A-Za-z0-9]+)[^}]*\}/g)) names.add(name!);
      }
      waiting.push(value);
    }
    waiting.push(...at.items());
  }
  return names;
}
