// An API in the store, for tests of what lies under one.

import type { Method, Resource, RestApi, Stage } from '../../../src/resources/index.ts';
import type { TestControl } from '../../support/control.ts';

export const apiId = 'api0000001';

const api: RestApi = {
  id: apiId,
  name: 'pets',
  createdDate: '2024-01-02T03:04:05.000Z',
  apiKeySource: 'HEADER',
  endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
  disableExecuteApiEndpoint: false,
  rootResourceId: 'root000001',
};

/** Puts an API with a root resource. */
export const putApi = ({ control }: TestControl): Promise<void> =>
  control.services.store.write((transaction) => {
    transaction.put('restApi', '', apiId, api);
    transaction.put('resource', apiId, 'root000001', { id: 'root000001', path: '/' });
  });

/** Puts a resource with one method. */
export const putMethod = (
  { control }: TestControl,
  path: string,
  verb: 'GET' | 'POST' | 'ANY',
  method: Partial<Method> = {},
): Promise<void> =>
  control.services.store.write((transaction) => {
    const id = path === '/' ? 'root000001' : `r${path.replaceAll(/\W/g, '')}`;
    const resource: Resource = transaction.get('resource', apiId, id) ?? { id, path };
    const whole: Method = { httpMethod: verb, authorizationType: 'NONE', apiKeyRequired: false, ...method };
    const resourceMethods = { ...resource.resourceMethods, [verb]: whole };
    transaction.put('resource', apiId, id, { ...resource, resourceMethods });
  });

/** Puts a stage, of a deployment that is not there: nothing is served. */
export const putStage = (
  { control }: TestControl,
  stageName: string,
  stage: Partial<Stage> = {},
): Promise<void> =>
  control.services.store.write((transaction) => {
    transaction.put('stage', apiId, stageName, {
      stageName,
      deploymentId: 'dep001',
      methodSettings: {},
      tracingEnabled: false,
      cacheClusterEnabled: false,
      createdDate: '2024-01-02T03:04:05.000Z',
      lastUpdatedDate: '2024-01-02T03:04:05.000Z',
      ...stage,
    });
  });
