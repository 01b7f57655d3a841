// Operations that this gateway knows and does not do: portals and what they show, and routing rules.

import { type Handler, reads } from '../api/handler.ts';
import { type RefusedOperationName, refusedOperations } from '../protocol/apigatewayv2/operations.ts';
import { badRequest } from '../protocol/exceptions.ts';

type Refused = { readonly [N in RefusedOperationName as `apigatewayv2:${N}`]: Handler<`apigatewayv2:${N}`> };

const why = (name: string): string => {
  if (name.includes('RoutingRule')) return 'paths of domain names are routed by API mappings alone';
  return 'there are no developer portals of this service';
};

/** @throws BadRequestException, each of them, always */
export const refused = Object.fromEntries(
  Object.keys(refusedOperations).map((name) => [
    `apigatewayv2:${name}`,
    reads(() => {
      throw badRequest(`${name} is not supported by this gateway: ${why(name)}`);
    }),
  ]),
) as unknown as Refused;
