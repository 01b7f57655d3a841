// Answers and refusals of services that speak the Query protocol.

import type { AwsException } from '../exceptions.ts';
import type { Service } from '../service.ts';
import type { KnownCall } from '../services.ts';
import type { Answer } from '../write-answer.ts';
import { queryRefusal } from './query-api.ts';
import { answerXml, refusalXml } from './xml.ts';

const xml = ['Content-Type', 'text/xml'];

/** @param value - what a handler gave back */
export function queryAnswerOf(known: KnownCall, value: unknown, requestId: string): Answer {
  const { namespace } = known.service.queryApi!;
  return { status: 200, fields: xml, body: answerXml(known.operationName, namespace, value, requestId) };
}

/** @param service - null: the form names none */
export function queryRefusalOf(error: AwsException, service: Service | null, requestId: string): Answer {
  const { type, status } = queryRefusal(error);
  const namespace = service?.queryApi?.namespace ?? 'http://webservices.amazon.com/AWSFault/2005-15-09';
  const fields = [...xml];
  if (error.retryAfterSeconds !== undefined) fields.push('Retry-After', String(error.retryAfterSeconds));
  return {
    status,
    fields,
    body: refusalXml(namespace, { code: type, status, message: error.message }, requestId),
  };
}
