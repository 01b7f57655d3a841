// The greeting as it is today.

export const handler = async (event) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ version: 1, greeting: `Hello ${event.queryStringParameters?.name ?? 'world'}` }),
});
