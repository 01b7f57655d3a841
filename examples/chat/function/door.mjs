// Who may come in: whoever has a token of the page's server in the query string. What is told here is told to the rooms with
// every later message of the connection.

import { nameOf } from './token.mjs';

export async function handler(event) {
  const name = nameOf(event.queryStringParameters?.token ?? '', process.env.CHAT_SECRET);
  return {
    principalId: name ?? 'nobody',
    context: name === null ? {} : { name },
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Action: 'execute-api:Invoke',
          Effect: name === null ? 'Deny' : 'Allow',
          Resource: event.methodArn,
        },
      ],
    },
  };
}
