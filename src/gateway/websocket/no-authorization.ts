// Where nobody can be asked who a caller is: only routes that ask for nothing are open.

import type { SocketAuthorization } from '../../exchange/socket-authorization.ts';
import { anonymous } from '../../exchange/socket-event.ts';

export const noAuthorization: SocketAuthorization = {
  authorize: ({ authorizationType, apiKeyRequired }) => {
    if (authorizationType !== 'NONE')
      return {
        allow: false,
        status: 500,
        message: 'Internal server error',
        type: 'AUTHORIZER_CONFIGURATION_ERROR',
      };
    return apiKeyRequired
      ? { allow: false, status: 403, message: 'Forbidden', type: 'INVALID_API_KEY' }
      : { allow: true, identity: anonymous };
  },
};
