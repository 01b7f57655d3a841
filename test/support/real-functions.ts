// A gateway with a function host of its own: functions run in processes, as they do for users.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type RunningFunctionHost, startFunctionHost } from '../../src/functions/server/index.ts';
import type { PublishedFunction, Stage } from '../../src/resources/index.ts';
import { publishedFunction, writeCode } from '../functions/published-functions.ts';
import { api, type MethodSpec } from './api.ts';
import { startTestGateway } from './gateway.ts';

const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const uriOf = (name: string, version: string, act: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/${version}/functions/${arnOf(name)}/${act}`;

/** A method that a function answers. */
export const functionMethod = (name: string): MethodSpec => ({
  integration: { type: 'AWS_PROXY', httpMethod: 'POST', uri: uriOf(name, '2015-03-31', 'invocations') },
});

/** A method that a function answers piece by piece. */
export const streamedMethod = (name: string): MethodSpec => ({
  integration: {
    type: 'AWS_PROXY',
    httpMethod: 'POST',
    uri: uriOf(name, '2021-11-15', 'response-streaming-invocations'),
    responseTransferMode: 'STREAM',
  },
});

/** A function that API Gateway may invoke. @param methods - which: `*\/GET/hello/*` */
export function allowedFunction(name: string, handler: string, methods = '*/*/*'): PublishedFunction {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'apigateway',
        Effect: 'Allow',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: arnOf(name),
        Condition: {
          ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:123456789012:testapi001/${methods}` },
        },
      },
    ],
  });
  return { ...publishedFunction(name, handler), functionArn: arnOf(name), policies: { '': policy } };
}

/**
 * @param code - of all functions: `app.js`
 * @param stage - what differs from a plain stage
 */
export async function startRealFunctions(
  t: TestContext,
  code: string,
  functions: readonly PublishedFunction[],
  methods: Readonly<Record<string, MethodSpec>>,
  stage: Partial<Stage> = {},
) {
  const gateway = await startTestGateway(t, [{ definition: api(methods), stage }], {
    published: { functions },
  });
  const { dataDir } = gateway;
  mkdirSync(path.join(dataDir, 'run'), { recursive: true });
  writeCode(dataDir, code);
  const host: RunningFunctionHost = await startFunctionHost({
    dataDir,
    logsDir: path.join(dataDir, 'logs'),
    searchPath: '',
    takeOver: async () => {},
    log: () => {},
  });
  t.after(() => host.drain(0));
  return { ...gateway, host };
}
