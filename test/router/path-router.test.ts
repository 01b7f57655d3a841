import assert from 'node:assert/strict';
import test from 'node:test';
import { PathRouter } from '../../src/gateway/router/path-router.ts';
import fc from '../support/properties.ts';

function routerOf(...routes: string[]): PathRouter<string> {
  const router = new PathRouter<string>();
  for (const route of routes) {
    const [verb, path] = route.split(' ') as [string, string];
    router.add(path, verb, route);
  }
  return router;
}

interface Case {
  readonly title: string;
  readonly routes: readonly string[];
  /** Request -> the route that serves it and its path values, or null. */
  readonly requests: Readonly<Record<string, readonly [string, ...string[]] | null>>;
}

const cases: readonly Case[] = [
  {
    title: 'a static segment wins over a variable and over a greedy one',
    routes: ['GET /pets/mine', 'GET /pets/{id}', 'GET /{proxy+}'],
    requests: {
      'GET /pets/mine': ['GET /pets/mine'],
      'GET /pets/7': ['GET /pets/{id}', '7'],
      'GET /pets/7/x': ['GET /{proxy+}', 'pets/7/x'],
      'GET /other': ['GET /{proxy+}', 'other'],
    },
  },
  {
    title: 'a resource that lacks the verb is passed over, and the search goes back up',
    routes: ['POST /test', 'OPTIONS /{proxy+}'],
    requests: {
      'OPTIONS /test': ['OPTIONS /{proxy+}', 'test'],
      'POST /test': ['POST /test'],
      'GET /test': null,
    },
  },
  {
    title: 'a static branch that leads nowhere is left for the variable beside its parent',
    routes: ['GET /part1', 'GET /part1/hardcoded-value', 'ANY /{param+}'],
    requests: {
      'GET /part1/random-value': ['ANY /{param+}', 'part1/random-value'],
      'GET /part1/hardcoded-value': ['GET /part1/hardcoded-value'],
      'DELETE /part1': ['ANY /{param+}', 'part1'],
    },
  },
  {
    title: 'an explicit verb wins over ANY, and ANY covers only the seven verbs',
    routes: ['GET /a', 'ANY /a'],
    requests: {
      'GET /a': ['GET /a'],
      'HEAD /a': ['ANY /a'],
      'PATCH /a': ['ANY /a'],
      'TRACE /a': null,
      'CONNECT /a': null,
      'get /a': null,
    },
  },
  {
    title: 'GET does not imply HEAD',
    routes: ['GET /a'],
    requests: { 'HEAD /a': null },
  },
  {
    title: 'a trailing slash does not count, and a greedy value loses it',
    routes: ['GET /a', 'GET /b/{id}', 'GET /c/{proxy+}', 'GET /'],
    requests: {
      'GET /a/': ['GET /a'],
      'GET /b/7/': ['GET /b/{id}', '7'],
      'GET /c/x/y/': ['GET /c/{proxy+}', 'x/y'],
      'GET /c/': null,
      'GET /c//': null,
      'GET /': ['GET /'],
      'GET ': ['GET /'],
    },
  },
  {
    title: 'a greedy resource needs at least one segment',
    routes: ['ANY /{proxy+}'],
    requests: { 'GET /': null, 'GET ': null, 'GET //': null, 'GET /x': ['ANY /{proxy+}', 'x'] },
  },
  {
    title: 'double slashes stay inside a greedy value and are dropped before the first segment',
    routes: ['GET /{proxy+}', 'GET /a'],
    requests: {
      'GET /proxy-value//double-slash': ['GET /{proxy+}', 'proxy-value//double-slash'],
      'GET //a': ['GET /a'],
    },
  },
  {
    title: 'segments are compared as sent, without decoding and with their case',
    routes: ['GET /a b', 'GET /Pets', 'GET /x/{id}'],
    requests: {
      'GET /a%20b': null,
      'GET /pets': null,
      'GET /Pets': ['GET /Pets'],
      'GET /x/test%2Balias@x': ['GET /x/{id}', 'test%2Balias@x'],
    },
  },
  {
    title: 'two variables keep their order',
    routes: ['GET /a/{x}/b/{y}', 'GET /a/{x}/{rest+}'],
    requests: {
      'GET /a/1/b/2': ['GET /a/{x}/b/{y}', '1', '2'],
      'GET /a/1/c/2': ['GET /a/{x}/{rest+}', '1', 'c/2'],
      'GET /a//b/2': null,
    },
  },
];

for (const { title, routes, requests } of cases) {
  test(`path router: ${title}`, () => {
    const router = routerOf(...routes);
    for (const [request, expected] of Object.entries(requests)) {
      const space = request.indexOf(' ');
      const found = router.match(request.slice(0, space), request.slice(space + 1));
      const got = found === null ? null : [found.value, ...found.pathValues];
      assert.deepEqual(got, expected, request);
    }
  });
}

test('path router: whatever it finds, filling the template with the values gives the path back', () => {
  const segment = fc.constantFrom('a', 'b', '{x}', '{y}');
  const template = fc.tuple(fc.array(segment, { maxLength: 4 }), fc.boolean()).map(([parts, greedy]) => {
    // One variable name per level, as API Gateway demands.
    const named = parts.map((part, i) => (part.startsWith('{') ? `{v${i}}` : part));
    return `/${[...named, ...(greedy ? ['{rest+}'] : [])].join('/')}`;
  });
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 6 })
    .map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.uniqueArray(template, { minLength: 1, maxLength: 6 }), path, (templates, request) => {
      const router = new PathRouter<string>();
      for (const one of templates) router.add(one, 'GET', one);
      const found = router.match('GET', request);
      if (found === null) return;
      const values = [...found.pathValues];
      const filled = found.value.replace(/\{[^}]+\}/g, () => values.shift()!);
      assert.equal(values.length, 0);
      const normal = request.replace(/^\/+/, '/').replace(/(?<=.)\/$/, '');
      assert.equal(filled, normal === '' ? '/' : normal);
    }),
  );
});
