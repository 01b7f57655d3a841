// AWS WAF as a service of the management port: JSON 1.1, where operations are named in a header.

import type { AwsException } from '../exceptions.ts';
import type { Named, NamedAccount, Refusal, Service } from '../service.ts';
import { WafException } from './exceptions.ts';
import { wafOperations } from './operations.ts';

export const wafv2 = {
  name: 'wafv2',
  signingName: 'wafv2',
  eventSource: 'wafv2.amazonaws.com',
  operations: wafOperations,
  target: 'AWSWAF_20190729',
  contentType: 'application/x-amz-json-1.1',
  allowsLastSlash: false,
  namesInput: false,
  actionOf: (operation) => `wafv2:${operation}`,
  resourceArn,
  idFields: (requestId) => ['x-amzn-RequestId', requestId],
  refusal,
} as const satisfies Service;

/** What an operation is about, by the end of its name. */
const kinds = [
  ['WebACL', 'webacl'],
  ['IPSet', 'ipset'],
  ['RegexPatternSet', 'regexpatternset'],
  ['RuleGroup', 'rulegroup'],
] as const;

/** @see Service Authorization Reference, "Resource types defined by AWS WAF V2" */
function resourceArn({ operation, json }: Named, { partition, region, accountId }: NamedAccount): string {
  const members = json?.() ?? {};
  // Only members of this operation: what else a request says would not be what it acts on.
  const declared: Readonly<Record<string, unknown>> =
    wafOperations[operation as keyof typeof wafOperations].members;
  for (const name of ['ARN', 'WebACLArn', 'WebAclArn', 'ResourceARN', 'ResourceArn'])
    if (Object.hasOwn(declared, name) && typeof members[name] === 'string') return members[name];
  const kind = kinds.find(([end]) => operation.endsWith(end))?.[1];
  if (kind === undefined) return '*';
  const { Name: name, Id: id } = members;
  const of = (part: unknown): string => (typeof part === 'string' ? part : '*');
  return `arn:${partition}:wafv2:${region}:${accountId}:regional/${kind}/${of(name)}/${of(id)}`;
}

/** Where another operation of the framework says ConflictException, this service says that somebody was faster. */
function refusal(error: AwsException): Refusal {
  const { name, status, message } = error;
  if (error instanceof WafException) {
    const isParameter = name === 'WAFInvalidParameterException';
    const body = { __type: name, [isParameter ? 'message' : 'Message']: message, ...error.details };
    return { type: name, status, body };
  }
  if (name === 'InternalFailure') {
    const type = 'WAFInternalErrorException';
    return {
      type,
      status,
      body: { __type: type, Message: 'Your request failed because of an internal error.' },
    };
  }
  const type = name === 'ConflictException' ? 'WAFOptimisticLockException' : name;
  return { type, status, body: { __type: type, message } };
}
