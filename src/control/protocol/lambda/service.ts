// Lambda as a service of the management port: signing name, ARNs and actions of policies, and how it refuses.

import type { AwsException } from '../exceptions.ts';
import type { Named, NamedAccount, Refusal, Service } from '../service.ts';
import { LambdaException } from './exceptions.ts';
import { functionArn, readFunctionName } from './function-name.ts';
import { lambdaOperations } from './operations.ts';

export const lambda = {
  name: 'lambda',
  signingName: 'lambda',
  eventSource: 'lambda.amazonaws.com',
  operations: lambdaOperations,
  allowsLastSlash: true,
  namesInput: false,
  actionOf: (operation) => `lambda:${actions.get(operation) ?? operation}`,
  resourceArn,
  idFields: (requestId) => ['x-amzn-RequestId', requestId],
  refusal,
} as const satisfies Service;

/** Where an action is not called like its operation. */
const actions: ReadonlyMap<string, string> = new Map([
  ['Invoke', 'InvokeFunction'],
  ['InvokeWithResponseStream', 'InvokeFunction'],
  ['GetFunctionCode', 'GetFunction'],
]);

/** @see Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda" */
function resourceArn({ operation, labels, query, json }: Named, account: NamedAccount): string {
  switch (operation) {
    case 'ListFunctions':
    case 'GetAccountSettings':
      return '*';
    case 'TagResource':
    case 'UntagResource':
    case 'ListTags':
      return labels[0]!;
    case 'CreateFunction':
      return arnOf(json?.().FunctionName, null, account);
    default: {
      const qualifier = query.find(({ name }) => name === 'Qualifier')?.value ?? null;
      return arnOf(labels[0], qualifier, account);
    }
  }
}

/** What is no name is refused after its caller is known; nothing may be allowed by it until then. */
function arnOf(given: unknown, qualifier: string | null, account: NamedAccount): string {
  const named = typeof given === 'string' ? readFunctionName(given) : null;
  return functionArn(account, named?.name ?? '*', named?.qualifier ?? qualifier);
}

/** Exceptions whose body says `Message`; the others say `message`. */
const capitals: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'ServiceException']);

function refusal(error: AwsException): Refusal {
  const { name, status, message } = error;
  if (name === 'InternalFailure')
    return {
      type: 'ServiceException',
      status,
      body: { Type: 'Service', Message: 'An error occurred and the request cannot be processed.' },
    };
  if (name === 'ConflictException')
    return { type: 'ResourceConflictException', status, body: { Type: 'User', message } };
  if (error instanceof LambdaException)
    return {
      type: name,
      status,
      body: {
        ...(error.reason === null ? {} : { Reason: error.reason }),
        Type: status >= 500 ? 'Service' : 'User',
        [capitals.has(name) ? 'Message' : 'message']: message,
      },
    };
  // Of the framework, before Lambda is asked.
  return {
    type: name,
    status,
    body: { [name === 'AccessDeniedException' ? 'Message' : 'message']: message },
  };
}
