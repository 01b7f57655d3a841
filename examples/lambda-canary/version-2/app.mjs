// The greeting as it is to be.

export const handler = async (event) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    version: 2,
    greeting: `Good day, ${event.queryStringParameters?.name ?? 'world'}!`,
  }),
});
