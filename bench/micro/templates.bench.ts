// How many mapping templates a core renders a second, beside velocityjs with jsonpath-plus.
// Templates are parsed beforehand; $input and $context are new in every render. Answers are checked first, runs are
// interleaved, the median counts. Reference: Apache Velocity 1.7 on a JVM of the same class of machine.

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { JSONPath } from 'jsonpath-plus';
import velocity from 'velocityjs';
import { compileTemplate, type TemplateScope } from '../../src/mapping/index.ts';

const RUNS = 7;
const RUN_MS = 250;

interface Workload {
  readonly name: string;
  readonly template: string;
  readonly scope: TemplateScope;
  /** Renders a second of Apache Velocity 1.7 on Java 17, one core. */
  readonly jvm: number;
}

const context = {
  accountId: '123456789012',
  apiId: 'a1b2c3d4e5',
  stage: 'prod',
  requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
  httpMethod: 'POST',
  resourceId: 'us8z3n',
  resourcePath: '/orders/{id}',
  // Without the null members of a real request: velocityjs would print them.
  identity: { sourceIp: '192.0.2.44', userAgent: 'curl/8.5.0' },
  authorizer: { principalId: 'user|7' },
};

const items = Array.from({ length: 20 }, (_, i) => ({
  id: `item-${i}`,
  price: i + 0.5,
  tag: i % 2 === 0 ? 'even' : 'odd',
}));

const workloads: readonly Workload[] = [
  {
    name: 'small: two values',
    template: `{"id":"$input.params('id')","name":$input.json('$.name')}`,
    jvm: 659_000,
    scope: scopeOf({
      name: 'Ann Lee',
      email: 'ann@example.com',
      age: 42,
      vip: true,
      city: 'Berlin',
      note: 'no note',
    }),
  },
  {
    name: 'medium: a loop over 20 items',
    template:
      '#set($root=$input.path(\'$\'))[#foreach($i in $root.items){"id":"$i.id","price":$i.price}#if($foreach.hasNext),#end#end]',
    jvm: 54_000,
    scope: scopeOf({ items }),
  },
  {
    name: 'large: method request passthrough',
    template: passthrough(),
    jvm: 60_000,
    scope: scopeOf({ orderId: 7, lines: items.slice(0, 3) }),
  },
];

function scopeOf(body: unknown): TemplateScope {
  return {
    input: {
      body: JSON.stringify(body),
      path: { id: '42' },
      querystring: { page: '2', sort: 'name' },
      header: {
        Accept: '*/*',
        'Content-Type': 'application/json',
        'User-Agent': 'curl/8.5.0',
        Host: 'api.example.com',
      },
    },
    context,
    stageVariables: { table: 'orders', url: 'https://x.example/a' },
  };
}

function passthrough(): string {
  const values = [
    'identity.accountId',
    'apiId',
    'identity.apiKey',
    'authorizer.principalId',
    'identity.caller',
    'httpMethod',
    'stage',
    'identity.sourceIp',
    'identity.user',
    'identity.userAgent',
    'identity.userArn',
    'requestId',
    'resourceId',
    'resourcePath',
  ];
  return `## passes everything on
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
${values.map((value) => `    "${value}" : "$!context.${value}"`).join(',\n')}
    }
}
`;
}

function ofOurs({ template, scope }: Workload): () => string {
  const compiled = compileTemplate(template);
  return () => compiled.render(scope).output;
}

function ofVelocityJs({ template, scope }: Workload): () => string {
  const tree = velocity.parse(template);
  const { body, path, querystring, header } = scope.input;
  return () => {
    const params = { path, querystring, header };
    const read = (expression: string): unknown =>
      JSONPath({ path: expression, json: JSON.parse(body ?? '{}') as object, wrap: false });
    const input = {
      body,
      json: (expression: string) => JSON.stringify(read(expression)),
      path: read,
      params: (name?: string) => (name === undefined ? params : { ...header, ...querystring, ...path }[name]),
    };
    const util = {
      escapeJavaScript: (text: unknown) => JSON.stringify(String(text)).slice(1, -1).replaceAll('/', '\\/'),
    };
    const engine = new velocity.Compile(tree, { escape: false });
    return engine.render({
      input,
      util,
      context: structuredClone(scope.context),
      stageVariables: { ...scope.stageVariables },
    });
  };
}

function rate(render: () => string): number {
  let count = 0;
  let length = 0;
  const start = performance.now();
  let spent = 0;
  while (spent < RUN_MS) {
    for (let i = 0; i < 20; i++) length += render().length;
    count += 20;
    spent = performance.now() - start;
  }
  assert.ok(length > 0);
  return (count / spent) * 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const rows = workloads.map((workload) => {
  const ours = ofOurs(workload);
  const theirs = ofVelocityJs(workload);
  assert.deepEqual(JSON.parse(ours()), JSON.parse(theirs()), `${workload.name}: the answers differ`);
  return { workload, ours, theirs, oursRates: [] as number[], theirsRates: [] as number[] };
});
for (let run = 0; run <= RUNS; run++) {
  for (const row of rows) {
    const [a, b] = [rate(row.ours), rate(row.theirs)];
    // The first run warms up.
    if (run > 0) {
      row.oursRates.push(a);
      row.theirsRates.push(b);
    }
  }
}
for (const { workload, oursRates, theirsRates } of rows) {
  const [a, b] = [median(oursRates), median(theirsRates)];
  const spread = `${Math.round(Math.min(...oursRates)).toLocaleString('en')}..${Math.round(Math.max(...oursRates)).toLocaleString('en')}`;
  console.log(
    `${workload.name.padEnd(36)} ${Math.round(a).toLocaleString('en').padStart(10)}/s (${spread})  ` +
      `${(a / b).toFixed(1)}x velocityjs (${Math.round(b).toLocaleString('en')}/s)  ${(a / workload.jvm).toFixed(2)}x Velocity on the JVM`,
  );
}
