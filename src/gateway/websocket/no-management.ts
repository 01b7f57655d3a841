// Where nobody can be asked who a caller is: nobody manages connections.

import type { VerifyManagementCall } from '../../authorizers/management-call.ts';

export const nobodyManages: VerifyManagementCall = () =>
  Promise.resolve({
    status: 403,
    errorType: 'MissingAuthenticationTokenException',
    body: '{"message":"Missing Authentication Token"}',
  });
