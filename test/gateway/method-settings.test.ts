import assert from 'node:assert/strict';
import test from 'node:test';
import { type MethodSettings, settingsOf } from '../../src/gateway/pipeline/method-settings.ts';
import type { Stage } from '../../src/resources/index.ts';

const plain: MethodSettings = {
  metricsEnabled: false,
  loggingLevel: 'OFF',
  dataTraceEnabled: false,
  methodThrottle: null,
  stageThrottle: null,
};

const cases: readonly [
  title: string,
  settings: Stage['methodSettings'],
  of: readonly [path: string, verb: string],
  expected: Partial<MethodSettings>,
][] = [
  ['without any, nothing is logged, measured or throttled', {}, ['/pets/{id}', 'GET'], {}],
  [
    'the stage’s hold for every method',
    { '*/*': { metricsEnabled: true, loggingLevel: 'INFO', dataTraceEnabled: true, throttlingRateLimit: 5 } },
    ['/pets/{id}', 'GET'],
    {
      metricsEnabled: true,
      loggingLevel: 'INFO',
      dataTraceEnabled: true,
      stageThrottle: { rateRps: 5, burst: 5_000 },
    },
  ],
  [
    'a method’s own win over the stage’s, one by one',
    {
      '*/*': { metricsEnabled: true, loggingLevel: 'INFO', throttlingRateLimit: 5, throttlingBurstLimit: 6 },
      'pets/{id}/GET': { metricsEnabled: false, throttlingBurstLimit: 7 },
    },
    ['/pets/{id}', 'GET'],
    {
      loggingLevel: 'INFO',
      methodThrottle: { rateRps: 10_000, burst: 7 },
      stageThrottle: { rateRps: 5, burst: 6 },
    },
  ],
  ['those of another verb do not count', { 'pets/POST': { loggingLevel: 'ERROR' } }, ['/pets', 'GET'], {}],
  [
    'those of another path do not count',
    { 'pets/GET': { loggingLevel: 'ERROR' } },
    ['/pets/{id}', 'GET'],
    {},
  ],
  [
    'the first slash of the path may be written',
    { '/pets/GET': { loggingLevel: 'ERROR' } },
    ['/pets', 'GET'],
    { loggingLevel: 'ERROR' },
  ],
  [
    'the root has a slash alone',
    { '/GET': { loggingLevel: 'ERROR' } },
    ['/', 'GET'],
    { loggingLevel: 'ERROR' },
  ],
  [
    'limits of -1 are none',
    {
      '*/*': { throttlingRateLimit: -1, throttlingBurstLimit: -1 },
      'pets/GET': { throttlingRateLimit: 0, throttlingBurstLimit: 0 },
    },
    ['/pets', 'GET'],
    { methodThrottle: { rateRps: 0, burst: 0 } },
  ],
];

for (const [title, settings, [path, verb], expected] of cases) {
  test(`method settings: ${title}`, () => {
    assert.deepEqual(settingsOf(settings, path, verb), { ...plain, ...expected });
  });
}
