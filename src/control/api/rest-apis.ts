// RestApis: the API itself.

import type { RestApi } from '../../resources/index.ts';
import { page } from '../protocol/paging.ts';
import { epochSeconds, type Handlers, reads } from './handler.ts';
import { apiOf } from './lookup.ts';

export const restApis = {
  GetRestApi: reads<'GetRestApi'>(({ restApiId }, view, { account }) =>
    presentRestApi(apiOf(view, restApiId, account)),
  ),
  GetRestApis: reads<'GetRestApis'>((input, view) =>
    page(view.list('restApi', ''), input, ({ id }) => id, presentRestApi),
  ),
} satisfies Partial<Handlers>;

export const presentRestApi = (restApi: RestApi) => ({
  ...restApi,
  createdDate: epochSeconds(restApi.createdDate),
});
