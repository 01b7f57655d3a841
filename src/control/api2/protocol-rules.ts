// What differs between WebSocket and HTTP APIs: one object for each protocol, one line here. The operations ask it and
// know neither.

import type { V2Api, V2Authorizer, V2Integration, V2Route, V2RouteSettings } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { webSocketRules } from './websocket-rules.ts';

/** Each check throws BadRequestException, or NotFoundException for what it names and is not there. */
export interface ProtocolRules {
  /** Of the API's address. */
  readonly endpointScheme: string;
  /** Members of requests that only the other protocol has. */
  readonly foreign: {
    readonly api: readonly string[];
    readonly route: readonly string[];
    readonly integration: readonly string[];
    readonly authorizer: readonly string[];
  };
  /** What a stage's settings are where nothing was given. */
  readonly routeSettingsDefault: V2RouteSettings;
  /** @returns the expression that an API is to have */
  routeSelectionExpression(given: string | undefined): string;
  checkApi(api: V2Api): void;
  checkRouteKey(routeKey: string): void;
  checkRoute(route: V2Route): void;
  /** Fills in what was not given, and what follows from the type. */
  completeIntegration(integration: GivenIntegration): V2Integration;
  checkIntegration(integration: V2Integration, view: View): void;
  checkAuthorizer(authorizer: V2Authorizer): void;
  checkStageName(stageName: string): void;
  checkTags(tags: Readonly<Record<string, string>> | undefined): void;
}

/** An integration before its defaults. */
export type GivenIntegration = Pick<V2Integration, 'integrationId' | 'integrationType'> &
  Partial<V2Integration>;

const rules: Partial<Record<V2Api['protocolType'], ProtocolRules>> = { WEBSOCKET: webSocketRules };

/** @throws BadRequestException for a protocol that is none, or is not served yet */
export function rulesOf(protocolType: string): ProtocolRules {
  if (protocolType !== 'WEBSOCKET' && protocolType !== 'HTTP')
    throw badRequest('Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]');
  const found = rules[protocolType];
  if (found === undefined)
    throw badRequest(
      'HTTP APIs are not supported by this release. Create a WEBSOCKET API here, or a REST API with CreateRestApi.',
    );
  return found;
}

/** @throws BadRequestException `AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis.` */
export function refuseForeign(
  protocolType: V2Api['protocolType'],
  of: keyof ProtocolRules['foreign'],
  given: object,
): void {
  const foreign = rulesOf(protocolType).foreign[of];
  const found = foreign.find((name) => (given as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (found === undefined) return;
  const told = found.charAt(0).toUpperCase() + found.slice(1);
  throw badRequest(`${told} cannot be set for ${protocolType} protocol Apis.`);
}
