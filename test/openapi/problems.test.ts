// What is wrong with a document is told at the exact line and column.

import assert from 'node:assert/strict';
import test from 'node:test';
import { problemsJson, problemsText } from '../../src/control/openapi/index.ts';
import { brief, documentWithGet, importText, problemsTold } from './support.ts';

const bad = 'Invalid OpenAPI input.';

test('openapi: texts that cannot be read are refused where they go wrong', () => {
  const cases: [string, string[]][] = [
    ['', [`1:1 error ${bad} The document is neither OpenAPI 3 nor Swagger 2.0`]],
    ['just text', [`1:1 error ${bad} The document is neither OpenAPI 3 nor Swagger 2.0`]],
    ['[]', [`1:1 error ${bad} The document is neither OpenAPI 3 nor Swagger 2.0`]],
    ['{"openapi": "4.0"}', [`1:13 error ${bad} The document is neither OpenAPI 3 nor Swagger 2.0`]],
    ['swagger: "1.2"', [`1:10 error ${bad} The document is neither OpenAPI 3 nor Swagger 2.0`]],
    ['{\n  "openapi": "3.0.1",\n  "info": {,}\n}', [`3:12 error ${bad} expected a key in double quotes`]],
    ['{\n  "openapi": "3.0.1"\n  "info": {}\n}', [`3:3 error ${bad} expected "," or "}"`]],
    [
      '{"openapi": "3.0.1", "a": "\\x"}',
      [`1:27 error ${bad} a string with a wrong escape or a raw control character`],
    ],
    ['{"openapi": "3.0.1", "a": @}', [`1:27 error ${bad} expected a JSON value`]],
    [
      '{"openapi": "3.0.1",\n "info": {"title": tru}}',
      [`2:20 warning ${bad} not JSON, so read as YAML: expected a JSON value`],
    ],
    ['{"openapi": "3.0.1", "a": [1,],,}', [`1:30 error ${bad} unexpected "]" after ","`]],
    ['{"openapi": "3.0.1"', [`1:20 error ${bad} the document ends too early`]],
    ['{"openapi": "3.0.1"} x', [`1:22 error ${bad} unexpected text after the end of the document`]],
    [
      'openapi: 3.0.1\ninfo: {title: t\npaths: {}\n',
      [`3:1 error ${bad} Flow map in block collection must be sufficiently indented and end with a }`],
    ],
    ['openapi: 3.0.1\ninfo:\n  title: *t\n', [`3:10 error ${bad} no anchor is called "t"`]],
    ['openapi: 3.0.1\nx: &a\n  - *a\n', [`3:5 error ${bad} the anchor "a" contains itself`]],
    ['openapi: 3.0.1\n? [a]\n: b\n', [`2:3 error ${bad} a key must be a scalar`]],
    ['openapi: 3.0.1\n---\nopenapi: 3.0.1\n', [`2:1 error ${bad} a second document begins`]],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(problemsTold(text).slice(0, 1), expected, text);
  }
});

test('openapi: a document without paths is taken, with a warning', () => {
  const { definition, problems } = importText('openapi: 3.0.1\ninfo: { title: t }\n');
  assert.equal(definition!.resources.length, 1);
  assert.deepEqual(problems.map(brief), ['1:1 warning Parse issue: attribute paths is missing']);
});

test('openapi: hostile texts are refused soon', () => {
  const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(`*${of}`).join()}]\n`;
  const bomb = `a: &a [${Array(10).fill('x').join()}]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}${level('e', 'd')}${level('f', 'e')}${level('g', 'f')}`;
  const cases: [string, RegExp][] = [
    [bomb, /aliases stand for more than 2000000 values/],
    ['['.repeat(1_000_000), /nested more than 500 levels deep/],
    [`a: ${'['.repeat(1_000_000)}`, /brackets nested too deeply/],
    ['- '.repeat(1_000_000), /too many indicators in one line/],
    [
      Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /nested too deeply|levels deep/,
    ],
    [`openapi: 3.0.1\n${'"'.repeat(5_000_000)}`, /./],
    ['a: b: c\n'.repeat(10_000), /./],
    ['x'.repeat(11 * 1024 * 1024), /The file has 11534336 bytes/],
  ];
  for (const [text, expected] of cases) {
    const { definition, problems } = importText(text);
    assert.equal(definition, undefined);
    assert.ok(problems.length <= 21);
    assert.match(problems[0]!.message, expected);
  }
});

test('openapi: a file over 6 MB is refused, and its other problems are told all the same', () => {
  const text = `openapi: 3.0.1\ninfo: { title: t, version: "1", description: "${'x'.repeat(6 * 1024 * 1024)}" }\npaths: { a: {} }\n`;
  assert.deepEqual(importText(text).problems.map(brief), [
    '1:1 error The file has 6291538 bytes; API Gateway imports at most 6291456 (6 MB)',
    '3:10 error The path "a" must begin with a slash',
  ]);
});

test('openapi: problems of the document stand where their values stand', () => {
  const head = 'openapi: 3.0.1\ninfo: { title: t, version: "1" }\n';
  const cases: [string, string[]][] = [
    ['openapi: 3.0.1\ninfo: { version: "1" }\n', ['2:7 error Name cannot be empty']],
    [`${head}paths: []\n`, ['3:8 error Expected "paths" to be a map']],
    [
      `${head}x-amazon-apigateway-minimum-compression-size: 10485761\n`,
      ['3:47 error Invalid minimum compression size, must be between 0 and 10485760'],
    ],
    [
      `${head}x-amazon-apigateway-binary-media-types: image/png\n`,
      ['3:41 error Expected "x-amazon-apigateway-binary-media-types" to be a list of strings'],
    ],
    [
      `${head}x-amazon-apigateway-api-key-source: COOKIE\n`,
      [
        "3:37 error Value 'COOKIE' at 'createRestApiInput.apiKeySource' failed to satisfy constraint: Member must satisfy enum value set: [HEADER, AUTHORIZER]",
      ],
    ],
    [
      `${head}x-amazon-apigateway-policy: "{"\n`,
      [
        '3:29 error Invalid policy document. Please check the policy syntax and ensure that Principals are valid.',
      ],
    ],
    [
      `${head}x-amazon-apigateway-gateway-responses:\n  THROTTLED: { statusCode: 700 }\n`,
      [
        "4:28 error Value '700' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d",
      ],
    ],
    [
      `${head}x-amazon-apigateway-gateway-responses:\n  THROTTLED: { responseTemplates: { application/json: null } }\n`,
      ['4:55 error Invalid null or empty value in responseTemplates'],
    ],
    [
      `${head}x-amazon-apigateway-request-validator: none\n`,
      ['3:40 error Invalid Request Validator identifier specified'],
    ],
    [
      `${head}x-amazon-apigateway-cors: { allowOrigins: ["*"] }\n`,
      ['3:1 notice "x-amazon-apigateway-cors" is for HTTP APIs and has no effect on a REST API'],
    ],
    [
      `${head}x-amazon-apigateway-future: 1\n`,
      ['3:1 notice "x-amazon-apigateway-future" is not known to this release and has no effect'],
    ],
    [
      `${head}x-internal: 1\npaths:\n  /a: { x-internal: 2 }\n`,
      ['3:1 notice "x-internal" is no extension of API Gateway and has no effect (2 places)'],
    ],
    [
      `${head}x-amazon-apigateway-integration: {}\n`,
      ['3:1 warning "x-amazon-apigateway-integration" has no effect at this place'],
    ],
    [
      `${head}info: { title: u }\n`,
      ['3:1 warning Invalid OpenAPI input. the key "info" stands twice in one map; the last one counts'],
    ],
    [
      `${head}components: { schemas: { Pet_List: { type: array }, Any: {} } }\n`,
      [
        "3:26 error Unable to create model for 'Pet_List': Model name must be alphanumeric: Pet_List",
        "3:58 error Unable to create model for 'Any': Model schema must have at least 1 property or array items defined",
      ],
    ],
    [
      `${head}components: { schemas: { A: { $ref: "#/components/schemas/B" }, C: { $ref: "other.yaml#/C" } } }\n`,
      [
        '3:37 error Invalid model identifier specified: B',
        '3:76 error External references are not supported: other.yaml#/C',
      ],
    ],
  ];
  for (const [text, expected] of cases) assert.deepEqual(problemsTold(text), expected, text);
});

test('openapi: values of any shape are told of, also where a word is expected', () => {
  for (const value of [{}, [], { a: {} }, null]) {
    const openapi = importText(JSON.stringify({ openapi: value, info: { title: 't' }, paths: {} }));
    assert.match(openapi.problems[0]!.message, /^Invalid OpenAPI input\. The document is neither/);
    const tags = [{ name: 'a', 'x-amazon-apigateway-tag-value': value }];
    const head = { openapi: '3.0.1', info: { title: 't' }, paths: {}, tags };
    const { definition } = importText(
      JSON.stringify({ ...head, 'x-amazon-apigateway-request-validator': value }),
    );
    assert.equal(definition!.restApi.tags, undefined);
  }
});

test('openapi: a model cannot be the whole document', () => {
  const schema = { type: 'array', items: { $ref: '#' } };
  const components = { schemas: { A: schema } };
  const { problems } = importText(
    JSON.stringify({ openapi: '3.0.1', info: { title: 't' }, paths: {}, components }),
  );
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['Invalid model identifier specified: #'],
  );
});

test('openapi: problems of paths are worded as API Gateway words them', () => {
  const part =
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.";
  const cases: [string, string[]][] = [
    ['  pets: {}', ['4:3 error The path "pets" must begin with a slash']],
    ['  /a{b}: {}', [`4:3 error Unable to create resource at path '/a{b}': ${part}`]],
    ['  /a/{b+}x: {}', [`4:3 error Unable to create resource at path '/a/{b+}x': ${part}`]],
    [
      '  /{p+}/x: {}',
      [
        "4:3 error Unable to create resource at path '/{p+}/x': Cannot create a child of a resource with a greedy path variable: {p+}",
      ],
    ],
    [
      '  /{a}: {}\n  /{b+}: {}',
      [
        "5:3 error Unable to create resource at path '/{b+}': A sibling ({a}) of this resource already has a variable path part -- only one is allowed",
      ],
    ],
    [
      '  /a: { get: {}, trace: {}, fetch: {} }',
      [
        '4:18 warning "trace" is left out: API Gateway has no TRACE methods',
        '4:29 warning "fetch" is left out: it is not an operation',
      ],
    ],
    [
      '  /a: { get: {} }\n  /a/: { get: {} }',
      ['5:10 warning GET /a is defined twice (also at /paths/~1a/get); the last one counts'],
    ],
    [
      '  /a: { $ref: "#/paths/~1b" }\n  /b: { $ref: "#/paths/~1a" }',
      [
        '4:15 error The reference #/paths/~1b leads back to itself',
        '5:15 error The reference #/paths/~1a leads back to itself',
      ],
    ],
    ['  /a: { get: [] }', ['4:14 error Expected the operation "get" to be a map']],
  ];
  for (const [paths, expected] of cases) {
    const text = `openapi: 3.0.1\ninfo: { title: t, version: "1" }\npaths:\n${paths}\n`;
    assert.deepEqual(importText(text).problems.map(brief), expected, paths);
  }
});

const method = "Unable to put method 'GET' on resource at path '/a': ";
const mapping = 'Invalid mapping expression specified: Validation Result: warnings : [], errors : ';

test('openapi: problems of operations are worded as API Gateway words them', () => {
  const cases: [string, string[]][] = [
    [
      'parameters: [{ name: "ids[]", in: query }]',
      [
        `6:28 error ${method}${mapping}[Invalid mapping expression parameter specified: method.request.querystring.ids[]]`,
      ],
    ],
    [
      'parameters: [{ name: x, in: query }, { name: x, in: header }]',
      [`6:52 error ${method}Parameter names must be unique across querystring, header and path`],
    ],
    [
      'parameters: [{ name: c, in: cookie }]',
      ['6:35 warning The parameter "c" is left out: API Gateway does not read parameters in "cookie"'],
    ],
    ['parameters: [{ in: query }]', ['6:20 error A parameter needs "name" and "in"']],
    [
      'parameters: [{ $ref: "#/components/parameters/P" }]',
      ['6:28 error Nothing stands at #/components/parameters/P'],
    ],
    ['security: [{ nobody: [] }]', ['6:20 error No security scheme is called "nobody"']],
    [
      'x-amazon-apigateway-auth: { type: AWS }',
      [
        "6:41 error Value 'AWS' at 'putMethodInput.authorizationType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
      ],
    ],
    [
      'responses: { 2XX: { description: d } }',
      ['6:20 warning The response "2XX" is left out: API Gateway declares responses by status code'],
    ],
    [
      'requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/No" } } } }',
      ['6:69 error Invalid model identifier specified: No'],
    ],
    [
      'x-amazon-apigateway-request-validator: strict',
      ['6:46 error Invalid Request Validator identifier specified'],
    ],
  ];
  for (const [operation, expected] of cases) {
    assert.deepEqual(importText(documentWithGet(operation)).problems.map(brief), expected, operation);
  }
});

const integration = "Unable to put integration on 'GET' for resource at path '/a': ";

test('openapi: problems of integrations are worded as API Gateway words them', () => {
  const http = 'type: http, httpMethod: GET';
  const cases: [string, string[]][] = [
    ['', [`6:40 error ${integration}Integration type must be non-empty`]],
    [
      'type: SOAP',
      [
        "6:48 error Value 'SOAP' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
      ],
    ],
    [
      'type: http, uri: "http://h/"',
      [`6:40 error ${integration}Enumeration value for HttpMethod must be non-empty`],
    ],
    [
      'type: http, uri: "http://h/", httpMethod: any',
      [
        `6:84 error ${integration}Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY`,
      ],
    ],
    [`${http}, uri: ftp://h/`, [`6:76 error ${integration}Invalid HTTP endpoint specified for URI`]],
    [`${http}, uri: "http://h:22/"`, [`6:76 error ${integration}Invalid HTTP endpoint specified for URI`]],
    [`${http}, uri: "http://h:99999/"`, [`6:76 error ${integration}Invalid HTTP endpoint specified for URI`]],
    [`${http}, uri: "http:///x"`, [`6:76 error ${integration}Invalid HTTP endpoint specified for URI`]],
    [`${http}, uri: "http://\${stageVariables.h}:\${stageVariables.p}/"`, []],
    [`${http}, uri: "http://[::1]:8080/"`, []],
    [
      `${http}, uri: "http://\${stageVariables.a-b}/"`,
      [`6:76 error ${integration}Invalid stage variable reference specified: \${stageVariables.a-b}`],
    ],
    [
      `${http}, uri: "http://h/", timeoutInMillis: 49`,
      [`6:106 error ${integration}Timeout should be between 50 ms and 29000 ms`],
    ],
    [
      `${http}, uri: "http://h/", timeoutInMillis: 29001`,
      [`6:106 error ${integration}Timeout should be between 50 ms and 29000 ms`],
    ],
    [
      `${http}, uri: "http://h/", timeoutInMillis: soon`,
      ['6:106 error Expected "timeoutInMillis" to be a number'],
    ],
    [
      `${http}, uri: "http://h/{id}"`,
      ['6:76 warning Nothing fills the placeholder {id} of the URI: requests will fail'],
    ],
    [
      `${http}, uri: "http://h/", colour: red`,
      ['6:89 warning "colour" is not a member of an integration; it is left out'],
    ],
    [
      'type: aws, httpMethod: POST, uri: "http://h/"',
      [`6:76 error ${integration}Invalid ARN specified in the request`],
    ],
    [
      'type: aws, httpMethod: POST, uri: "arn:aws:apigateway:r:sqs:queue"',
      [`6:76 error ${integration}AWS ARN for integration must contain path or action`],
    ],
    [
      'type: aws_proxy, httpMethod: POST, uri: "arn:aws:apigateway:r:sqs:action/Send"',
      [
        `6:82 error ${integration}Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.`,
      ],
    ],
    [
      'type: mock, requestTemplates: { "123": x }',
      ['6:74 error Validation Result: warnings : [], errors : [Invalid content type specified: 123]'],
    ],
    [
      'type: mock, requestTemplates: { application/json: null }',
      ['6:74 notice The request template "application/json" is null: there is none'],
    ],
    [
      'type: mock, requestParameters: { integration.request.header.x: method.request.header.y }',
      [
        `6:105 error ${integration}${mapping}[Invalid mapping expression parameter specified: method.request.header.y]`,
      ],
    ],
    [
      'type: mock, requestParameters: { integration.request.header.x: hello }',
      [`6:105 error ${integration}${mapping}[Invalid mapping expression specified: hello]`],
    ],
    [
      'type: mock, requestParameters: { header.x: "\'a\'" }',
      [`6:75 error ${integration}${mapping}[Invalid mapping expression parameter specified: header.x]`],
    ],
    [
      'type: mock, responses: { default: {} }',
      [
        "6:76 error Value '' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d",
      ],
    ],
    [
      'type: mock, responses: { a: { statusCode: 200 }, b: { statusCode: 200 } }',
      ['6:91 warning Two integration responses give the status 200; the last one counts'],
    ],
  ];
  for (const [members, expected] of cases) {
    const text = documentWithGet(`x-amazon-apigateway-integration: { ${members} }`);
    assert.deepEqual(importText(text).problems.map(brief), expected, members);
  }
});

test('openapi: a header that no method response declares cannot be mapped', () => {
  const text = documentWithGet(
    'responses: { "200": { description: d } }\nx-amazon-apigateway-integration:\n  type: mock\n  responses:\n    default:\n      statusCode: "200"\n      responseParameters:\n        method.response.header.X: "\'a\'"',
  );
  assert.deepEqual(importText(text).problems.map(brief), [
    `13:15 error ${integration}${mapping}[Invalid mapping expression parameter specified: method.response.header.X]`,
  ]);
});

test('openapi: a scheme that API Gateway does not enforce is told where it is used', () => {
  const text = `${documentWithGet('security: [{ bearer: [] }]')}components:\n  securitySchemes:\n    bearer: { type: http, scheme: bearer }\n`;
  const { definition, problems } = importText(text);
  assert.deepEqual(problems.map(brief), [
    '6:20 warning The security scheme "bearer" protects nothing here: API Gateway knows only the header x-api-key and schemes with an AWS extension',
  ]);
  assert.equal(definition?.resources[1]?.resourceMethods?.GET?.authorizationType, 'NONE');
});

test('openapi: protection that is written in the wrong shape is an error, never an open method', () => {
  const shape = 'error Expected "security" to be a list of maps';
  const cases: [string, string[]][] = [
    ['security: { key: [] }', [`6:17 ${shape}`]],
    ['security: [key]', [`6:18 ${shape}`]],
    ['security: null', [`6:17 ${shape}`]],
    ['x-amazon-apigateway-auth: AWS_IAM', ['6:33 error Expected "x-amazon-apigateway-auth" to be a map']],
    ['x-amazon-apigateway-auth: {}', ['6:33 error x-amazon-apigateway-auth needs a type: NONE or AWS_IAM']],
  ];
  for (const [operation, expected] of cases) {
    assert.deepEqual(importText(documentWithGet(operation)).problems.map(brief), expected, operation);
  }
  for (const name of ['gateway-responses', 'request-validators', 'endpoint-configuration', 'documentation']) {
    const text = `openapi: 3.0.1\ninfo: { title: t }\nx-amazon-apigateway-${name}: []\n`;
    assert.deepEqual(problemsTold(text), [
      `3:${23 + name.length} error Expected "x-amazon-apigateway-${name}" to be a map`,
    ]);
  }
});

test('openapi: problems print as file, line, column, severity and message, with the fix below', () => {
  const { problems } = importText('openapi: 3.0.1\ninfo: {}\npaths: { a: {} }\n');
  assert.equal(
    problemsText(problems, 'api.yaml'),
    'api.yaml:2:7: error: Name cannot be empty\n    fix: write info.title\napi.yaml:3:10: error: The path "a" must begin with a slash\n    fix: write /a\n',
  );
  assert.deepEqual(JSON.parse(problemsJson(problems.slice(1), 'api.yaml')), {
    file: 'api.yaml',
    counts: { error: 1, warning: 0, notice: 0 },
    problems: [
      {
        severity: 'error',
        line: 3,
        column: 10,
        path: '/paths/a',
        message: 'The path "a" must begin with a slash',
        fix: 'write /a',
      },
    ],
  });
});
