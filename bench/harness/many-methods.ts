// APIs of any size.

import type { ApiDefinition } from '../../src/resources/index.ts';
import { readApi } from './publish.ts';

/**
 * An API of mocks with templates under `/r0`, `/r1` ...
 * @param word - appears in every answer, so that one can tell which version answered
 */
export function manyMethods(id: string, count: number, word: string): ApiDefinition {
  const paths: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const template = `#set($root = $input.path('$')){"word":"${word}","resource":${i},"stage":"$context.stage","id":"$input.params('id')"}`;
    const integration = {
      type: 'mock',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      responses: { default: { statusCode: '200', responseTemplates: { 'application/json': template } } },
    };
    paths[`/r${i}`] = {
      get: { responses: { 200: { description: 'ok' } }, 'x-amazon-apigateway-integration': integration },
    };
  }
  const { restApi, ...rest } = readApi(
    JSON.stringify({ openapi: '3.0.1', info: { title: id, version: '1' }, paths }),
  );
  return { restApi: { ...restApi, id }, ...rest };
}
