// The event that a function gets of a WebSocket API. See WebSocket reference, section 5.

import { requestContext } from '../../exchange/socket-context.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import { headerMaps, queryMaps } from '../../exchange/socket-event-maps.ts';

/** @returns JSON text */
export function functionEvent(event: SocketEvent): string {
  const { stageVariables } = event.route;
  const { headers, multiValueHeaders } = headerMaps(event);
  const hasVariables = Object.keys(stageVariables).length > 0;
  return JSON.stringify({
    ...(headers === null ? {} : { headers, multiValueHeaders }),
    ...queryMaps(event),
    ...(hasVariables ? { stageVariables } : {}),
    requestContext: requestContext(event),
    ...(event.type === 'MESSAGE' ? { body: event.text } : {}),
    isBase64Encoded: event.type === 'MESSAGE' && event.isBinary,
  });
}
