// From a request's ids to a method and back into its resource: methods, their responses and their integration lie
// inside the resource's document.

import type { HttpMethod, Integration, Method, Resource } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { resourceOf } from '../lookup.ts';
import { notFound } from '../protocol/exceptions.ts';

export interface MethodAddress {
  readonly restApiId: string;
  readonly resourceId: string;
  readonly httpMethod: string;
}

export const noMethod = () => notFound('Invalid Method identifier specified');
export const noIntegration = () => notFound('Invalid Integration identifier specified');
export const noResponse = () => notFound('Invalid Response status code specified');

/** @throws NotFoundException for the resource (or its API), then for the method */
export function methodOf(view: View, { restApiId, resourceId, httpMethod }: MethodAddress): Method {
  const method = methodAt(resourceOf(view, restApiId, resourceId), httpMethod);
  if (method === undefined) throw noMethod();
  return method;
}

/** @throws NotFoundException for the resource, the method, then the integration */
export function integrationOf(view: View, address: MethodAddress): Integration {
  const { methodIntegration } = methodOf(view, address);
  if (methodIntegration === undefined) throw noIntegration();
  return methodIntegration;
}

/** The method of a resource; undefined when it has none of that verb. */
export const methodAt = ({ resourceMethods }: Resource, httpMethod: string): Method | undefined =>
  resourceMethods !== undefined && Object.hasOwn(resourceMethods, httpMethod)
    ? resourceMethods[httpMethod as HttpMethod]
    : undefined;

/** Puts a method into its resource, or takes it away. */
export function putMethod(
  transaction: Transaction,
  { restApiId, resourceId, httpMethod }: MethodAddress,
  method: Method | undefined,
): void {
  const { resourceMethods, ...resource } = resourceOf(transaction, restApiId, resourceId);
  const { [httpMethod as HttpMethod]: _, ...others } = resourceMethods ?? {};
  // A method that is replaced keeps its place.
  const methods = method === undefined ? others : { ...resourceMethods, [httpMethod]: method };
  const changed = Object.keys(methods).length === 0 ? resource : { ...resource, resourceMethods: methods };
  transaction.put('resource', restApiId, resourceId, changed);
}

/** Puts the integration of a method, or takes it away. */
export function putIntegration(
  transaction: Transaction,
  address: MethodAddress,
  methodIntegration: Integration | undefined,
): void {
  putMethod(transaction, address, { ...methodOf(transaction, address), methodIntegration });
}

/** An entry of a map by status code; names of Object's own members are none. */
export const entryOf = <V>(map: Readonly<Record<string, V>> | undefined, key: string): V | undefined =>
  map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
