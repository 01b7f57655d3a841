// An API made through the operations themselves, with a resource and a method.

import type { TestControl } from '../../support/control.ts';
import { testControl } from '../../support/control.ts';

export interface Core extends TestControl {
  readonly restApiId: string;
  readonly rootId: string;
}

export async function apiWithRoot(t: Parameters<typeof testControl>[0]): Promise<Core> {
  const control = await testControl(t);
  const { id, rootResourceId } = await control.call('CreateRestApi', { name: 'pets' });
  return { ...control, restApiId: id, rootId: rootResourceId };
}

export interface CoreMethod extends Core {
  readonly address: {
    readonly restApiId: string;
    readonly resourceId: string;
    readonly httpMethod: string;
  };
}

/** `ANY /`, open to all. */
export async function apiWithMethod(
  t: Parameters<typeof testControl>[0],
  method: { readonly requestParameters?: Readonly<Record<string, boolean>> } = {},
): Promise<CoreMethod> {
  const core = await apiWithRoot(t);
  const address = { restApiId: core.restApiId, resourceId: core.rootId, httpMethod: 'ANY' };
  await core.call('PutMethod', { ...address, authorizationType: 'NONE', ...method });
  return { ...core, address };
}
