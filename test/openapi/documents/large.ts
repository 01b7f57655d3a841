// A document of many paths, as generated clients of big services have them.

/** OpenAPI 3 with as many paths, two operations each, and a model for every second path. @returns JSON */
export function largeDocument(pathCount: number): string {
  const paths: Record<string, object> = {};
  const schemas: Record<string, object> = {};
  for (let i = 0; i < pathCount; i++) {
    const model = `Thing${i >> 1}`;
    paths[`/area${i % 25}/things${i}/{id}`] = {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: operation(`get${i}`, model, 'http'),
      put: { ...operation(`put${i}`, model, 'mock'), requestBody: body(model) },
    };
    schemas[model] = {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 64 },
        size: { type: 'number', minimum: 0 },
        next: { $ref: `#/components/schemas/Thing${((i + 2) % pathCount) >> 1}` },
        labels: { type: 'array', items: { type: 'string' } },
      },
    };
  }
  return JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'Large', version: '1', description: 'generated' },
    paths,
    components: { schemas },
    'x-amazon-apigateway-request-validators': {
      all: { validateRequestBody: true, validateRequestParameters: true },
    },
    'x-amazon-apigateway-request-validator': 'all',
  });
}

const body = (model: string) => ({
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${model}` } } },
});

function operation(operationId: string, model: string, type: 'http' | 'mock') {
  const backend =
    type === 'mock'
      ? { requestTemplates: { 'application/json': '{"statusCode": 200}' } }
      : {
          httpMethod: 'GET',
          uri: `http://backend.example.com/${operationId}/{id}`,
          requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
        };
  return {
    operationId,
    parameters: [{ name: 'verbose', in: 'query', schema: { type: 'boolean' } }],
    responses: {
      200: { description: 'fine', headers: { ETag: { schema: { type: 'string' } } }, ...body(model) },
      404: { description: 'nothing' },
    },
    'x-amazon-apigateway-integration': {
      type,
      ...backend,
      responses: {
        default: {
          statusCode: '200',
          responseParameters: { 'method.response.header.ETag': "'1'" },
          responseTemplates: {
            'application/json': `#set($root = $input.path('$'))\n{"operation": "${operationId}", "name": "$!root.name"}`,
          },
        },
        404: { statusCode: '404' },
      },
    },
  };
}
