// TestInvokeMethod: the API as it is now, handed to a data plane that runs one of its methods.

import { isFieldValue, isToken } from '../../base/header-field.ts';
import {
  anyVerbs,
  type ClientCertificate,
  type TestInvocation,
  type TestInvoked,
} from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { definitionOf, resourceOf } from '../lookup.ts';
import { badRequest, notFound, unavailable } from '../protocol/exceptions.ts';
import type { Input } from '../protocol/operations.ts';
import { acts, type Context, type Handlers } from './handler.ts';
import { methodAt, noMethod } from './method-lookup.ts';

export const testInvokeMethod = {
  TestInvokeMethod: acts<'TestInvokeMethod'>(async (input, context) => {
    const invocation = invocationOf(input, context);
    try {
      return presented(await context.dataPlanes.testInvoke(invocation));
    } catch (error) {
      throw unavailable(`The method cannot be invoked: ${(error as Error).message}`);
    }
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, BadRequestException */
function invocationOf(input: Input<'TestInvokeMethod'>, { store, account }: Context): TestInvocation {
  const { view } = store;
  const { restApiId, resourceId, httpMethod } = input;
  const resource = resourceOf(view, restApiId, resourceId);
  // The method of that verb, else the one of any verb, as for a request.
  const method =
    methodAt(resource, httpMethod) ?? (anyVerbs.has(httpMethod) ? methodAt(resource, 'ANY') : undefined);
  if (method === undefined) throw noMethod();
  if (method.methodIntegration === undefined) throw badRequest('No integration defined for method');
  const certificate = certificateOf(view, input.clientCertificateId);
  return {
    definition: definitionOf(view, restApiId, account),
    resourceId,
    httpMethod,
    pathWithQueryString: input.pathWithQueryString ?? null,
    headers: headersOf(input),
    body: input.body ?? '',
    stageVariables: input.stageVariables ?? {},
    clientCertificate:
      certificate === null
        ? null
        : { certificate: certificate.pemEncodedCertificate, privateKey: certificate.pemEncodedPrivateKey },
  };
}

function certificateOf(view: View, id: string | undefined): ClientCertificate | null {
  if (id === undefined || id === '') return null;
  const certificate = view.get('clientCertificate', '', id);
  if (certificate === undefined) throw notFound('Invalid Client Certificate identifier specified');
  return certificate;
}

/** Of a name in both maps the multi-value map's values stand. */
function headersOf({ headers = {}, multiValueHeaders = {} }: Input<'TestInvokeMethod'>): [string, string][] {
  const inBoth = new Set(Object.keys(multiValueHeaders).map((name) => name.toLowerCase()));
  const fields = [
    ...Object.entries(headers).filter(([name]) => !inBoth.has(name.toLowerCase())),
    ...Object.entries(multiValueHeaders).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  ];
  for (const [name, value] of fields)
    if (!isToken(name) || !isFieldValue(value)) throw badRequest(`Invalid header specified: ${name}`);
  return fields;
}

/** The single-value map holds the last value of each name. */
function presented({ status, body, headers, log, latencyMs }: TestInvoked) {
  const single = new Map<string, string>();
  const multiple = new Map<string, string[]>();
  for (const [name, value] of headers) {
    single.set(name, value);
    multiple.set(name, [...(multiple.get(name) ?? []), value]);
  }
  return {
    status,
    body,
    headers: Object.fromEntries(single),
    multiValueHeaders: Object.fromEntries(multiple),
    log,
    latency: latencyMs,
  };
}
