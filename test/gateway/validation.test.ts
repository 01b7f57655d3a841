import assert from 'node:assert/strict';
import test from 'node:test';
import { api, mock } from '../support/api.ts';
import { type CallOptions, startTestGateway } from '../support/gateway.ts';

const pet = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  required: ['name', 'age'],
  properties: { name: { type: 'string', minLength: 1 }, age: { type: 'integer' } },
};
const list = {
  type: 'array',
  items: { $ref: 'https://apigateway.amazonaws.com/restapis/testapi001/models/Pet' },
};

const definition = api(
  {
    'ANY /body': mock('ok', { requestValidatorId: 'body', requestModels: { 'application/json': 'Pet' } }),
    'ANY /list': mock('ok', { requestValidatorId: 'body', requestModels: { 'application/json': 'Pets' } }),
    'ANY /default': mock('ok', { requestValidatorId: 'body', requestModels: { $default: 'Pet' } }),
    'ANY /unchecked': mock('ok', { requestModels: { 'application/json': 'Pet' } }),
    'ANY /params/{id}': mock('ok', {
      requestValidatorId: 'params',
      requestParameters: {
        'method.request.querystring.qs1': true,
        'method.request.path.issuer': true,
        'method.request.header.x-header-param': true,
        'method.request.querystring.optional': false,
      },
    }),
    'ANY /both': mock('ok', {
      requestValidatorId: 'all',
      requestParameters: { 'method.request.querystring.q': true },
      requestModels: { 'application/json': 'Pet' },
    }),
  },
  {
    models: { Pet: pet, Pets: list },
    gatewayResponses: {
      BAD_REQUEST_BODY: {
        responseTemplates: {
          'application/json':
            '{"message":$context.error.messageString,"why":"$context.error.validationErrorString"}',
        },
      },
    },
  },
);

const post = (body: string, contentType = 'application/json'): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': contentType },
  body,
});
const invalidBody = /^\{"message":"Invalid request body","why":"\[.+\]"\}$/;

const cases: readonly [
  title: string,
  path: string,
  request: CallOptions,
  status: number,
  body: string | RegExp,
][] = [
  ['a body that fits passes', '/body', post('{"name":"a","age":1}'), 200, 'ok'],
  [
    'missing properties are refused with their names',
    '/body',
    post('{}'),
    400,
    '{"message":"Invalid request body","why":"[object has missing required properties (["age","name"])]"}',
  ],
  ['a wrong type is refused', '/body', post('{"name":"a","age":"1"}'), 400, invalidBody],
  ['text that is no JSON is refused', '/body', post('{"name":'), 400, invalidBody],
  [
    'an empty body counts as {}',
    '/body',
    { method: 'POST', headers: { 'content-type': 'application/json' } },
    400,
    invalidBody,
  ],
  ['a GET is validated too', '/body', {}, 400, invalidBody],
  [
    'a Content-Type without a model is not validated',
    '/body',
    post('nonsense', 'text/plain'),
    500,
    /Internal/,
  ],
  [
    'the $default model takes any Content-Type',
    '/default',
    post('{}', 'application/x-thing'),
    400,
    invalidBody,
  ],
  [
    'parameters of the Content-Type do not matter',
    '/body',
    post('{}', 'application/json; charset=utf-8'),
    400,
    invalidBody,
  ],
  ['a model that refers to another is followed', '/list', post('[{"name":"a","age":1}]'), 200, 'ok'],
  [
    'a model that refers to another refuses what the other refuses',
    '/list',
    post('[{"name":"a"}]'),
    400,
    invalidBody,
  ],
  ['without a validator nothing is checked', '/unchecked', post('{}'), 200, 'ok'],
  [
    'missing parameters are listed in the order header, path, query string',
    '/params/7',
    {},
    400,
    '{"message": "Missing required request parameters: [x-header-param, issuer, qs1]"}',
  ],
  [
    'a blank parameter counts as missing',
    '/params/7?qs1=+',
    { headers: { 'x-header-param': 'x' } },
    400,
    '{"message": "Missing required request parameters: [issuer, qs1]"}',
  ],
  [
    'the parameter error comes before the body error',
    '/both',
    post('{}'),
    400,
    '{"message": "Missing required request parameters: [q]"}',
  ],
  ['a body is checked after its parameters are there', '/both?q=1', post('{}'), 400, invalidBody],
  [
    'invalid UTF-8 in a body is refused when a string is too short for it',
    '/body',
    { ...post(''), body: Buffer.from([0x7b, 0xff, 0x7d]) },
    400,
    invalidBody,
  ],
];

for (const [title, path, request, status, body] of cases) {
  test(`request validation: ${title}`, async (t) => {
    const { call } = await startTestGateway(t, [{ definition }]);
    const answer = await call(path, request);
    if (typeof body === 'string') assert.deepEqual([answer.status, answer.body], [status, body]);
    else {
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, body);
    }
    if (status === 400) assert.equal(answer.headers['x-amzn-errortype'], 'BadRequestException');
  });
}
