// The last look at a document: extensions that nothing has read are told, never dropped in silence.

import type { Cursor } from './cursor.ts';
import type { ImportContext } from './import-context.ts';
import { hasErrors } from './problem.ts';

const httpApiOnly = new Set([
  'x-amazon-apigateway-cors',
  'x-amazon-apigateway-importexport-version',
  'x-amazon-apigateway-integrations',
]);
const known = new Set(
  [
    ...[
      'any-method',
      'api-key-source',
      'auth',
      'authorizer',
      'authtype',
      'binary-media-types',
      'documentation',
    ],
    ...['endpoint-access-mode', 'endpoint-configuration', 'gateway-responses', 'integration'],
    ...[
      'minimum-compression-size',
      'policy',
      'request-validator',
      'request-validators',
      'security-policy',
      'tag-value',
    ],
  ].map((name) => `x-amazon-apigateway-${name}`),
);

/** Maps whose keys are names that people choose: an `x-...` in them is a header or a property. */
const mapsOfNames = new Set([
  ...['headers', 'properties', 'patternProperties', 'definitions', 'schemas', 'securityDefinitions'],
  ...['securitySchemes', 'requestBodies', 'examples', 'links', 'callbacks', 'scopes', 'mapping', 'variables'],
  ...['content', 'encoding', 'parameters', 'dependencies'],
]);
/** Members that hold data, not parts of the document. */
const data = new Set(['example', 'examples', 'default', 'enum', 'const', 'security']);

/** Tells each unread extension, at its first place. */
export function tellUnreadExtensions(context: ImportContext): void {
  const unread = new Map<string, Cursor[]>();
  const waiting: { at: Cursor; named: boolean }[] = [{ at: context.root, named: false }];
  while (waiting.length > 0) {
    const { at, named } = waiting.pop()!;
    for (const item of at.items()) waiting.push({ at: item, named: false });
    for (const [key, member] of at.entries()) {
      if (!named && key.startsWith('x-')) {
        if (!context.wasRead(member)) unread.set(key, [...(unread.get(key) ?? []), member]);
      } else if (!data.has(key) || named) {
        waiting.push({ at: member, named: !named && mapsOfNames.has(key) && member.isMap });
      }
    }
  }
  for (const [name, places] of unread) tell(name, places, context);
}

function tell(name: string, places: readonly Cursor[], context: ImportContext): void {
  const first = places.reduce((a, b) => (b.keyOffset < a.keyOffset ? b : a));
  const more = places.length === 1 ? '' : ` (${places.length} places)`;
  if (httpApiOnly.has(name)) {
    context.atKey('notice', first, `"${name}" is for HTTP APIs and has no effect on a REST API${more}`);
  } else if (known.has(name)) {
    // What stands in a part that was refused was not read either, and is not to blame.
    if (hasErrors(context.problems)) return;
    context.atKey('warning', first, `"${name}" has no effect at this place${more}`);
  } else if (name.startsWith('x-amazon-apigateway-')) {
    context.atKey('notice', first, `"${name}" is not known to this release and has no effect${more}`);
  } else context.atKey('notice', first, `"${name}" is no extension of API Gateway and has no effect${more}`);
}
