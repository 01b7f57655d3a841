// Lambda's operations and what they do: the registry. One file per resource, one line here.

import { aliases } from './aliases.ts';
import { concurrency } from './concurrency.ts';
import { eventInvokeConfigs } from './event-invoke-configs.ts';
import { functionTags } from './function-tags.ts';
import { functions, type LambdaHandlers } from './functions.ts';
import { invocations } from './invocations.ts';
import { permissions } from './permissions.ts';
import { versions } from './versions.ts';

export const lambdaHandlers: LambdaHandlers = {
  ...functions,
  ...versions,
  ...aliases,
  ...permissions,
  ...concurrency,
  ...eventInvokeConfigs,
  ...functionTags,
  ...invocations,
};
