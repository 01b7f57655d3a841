// How many mapping templates a core renders a second, beside velocityjs with jsonpath-plus.
// Templates are parsed beforehand; $input and $context are new in every render, so both sides read the body's JSON
// each time. Answers are checked first. The two sides take turns, what counts is CPU time (all threads, so garbage
// collection too) and the median of the turns. Reference: Apache Velocity 1.7 on a JVM of the same class of machine.

import assert from 'node:assert/strict';
import { JSONPath } from 'jsonpath-plus';
import velocity from 'velocityjs';
import { compileTemplate, type TemplateScope } from '../../src/mapping/index.ts';

/** Short turns: what else the machine does then meets both sides alike. */
const RUNS = 30;
const RUN_US = 60_000;
const WARM_UP_RUNS = 6;

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
    // A template may write to its $context, so each render has its own. (A structuredClone would cost velocityjs a
    // third of a small render, for nothing.)
    return engine.render({
      input,
      util,
      context: { ...scope.context },
      stageVariables: { ...scope.stageVariables },
    });
  };
}

/** The last answers, so that no render is for nothing. */
const escaped: string[] = new Array(16).fill('');

/** CPU microseconds of a render. */
function costUs(render: () => string): number {
  const start = process.cpuUsage();
  for (let count = 0; ; ) {
    for (let i = 0; i < 20; i++) escaped[i & 15] = render();
    count += 20;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= RUN_US) return (user + system) / count;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const rows = workloads.map((workload) => {
  const ours = ofOurs(workload);
  const theirs = ofVelocityJs(workload);
  assert.deepEqual(JSON.parse(ours()), JSON.parse(theirs()), `${workload.name}: the answers differ`);
  return { workload, ours, theirs, oursUs: [] as number[], theirsUs: [] as number[] };
});
for (let run = -WARM_UP_RUNS; run < RUNS; run++) {
  for (const { ours, theirs, oursUs, theirsUs } of rows) {
    const [a, b] = [costUs(ours), costUs(theirs)];
    if (run < 0) continue;
    oursUs.push(a);
    theirsUs.push(b);
  }
}
for (const { workload, oursUs, theirsUs } of rows) {
  const [a, b] = [1e6 / median(oursUs), 1e6 / median(theirsUs)];
  const ratio = median(oursUs.map((us, run) => theirsUs[run]! / us));
  const spread = [Math.min(...oursUs), median(oursUs), Math.max(...oursUs)].map((us) => us.toFixed(2));
  console.log(
    `${workload.name.padEnd(36)} ${whole(a).padStart(10)}/s (CPU-us ${spread.join(' | ')})  ` +
      `${ratio.toFixed(1)}x velocityjs (${whole(b)}/s)  ${(a / workload.jvm).toFixed(2)}x Velocity on the JVM`,
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
