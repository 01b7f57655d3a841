// What the store says is served, as data planes are told it.

import type {
  BackendSettings,
  DomainName,
  PublishedCanary,
  PublishedClientCertificate,
  PublishedDomainName,
  PublishedMapping,
  PublishedStage,
  PublishedState,
  Stage,
} from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { settingKeyOf } from './method-setting-key.ts';
import { publishedApiKeys, publishedUsagePlans } from './published-api-keys.ts';
import { publishedFirewall } from './published-firewall.ts';
import { publishedFunctions } from './published-functions.ts';
import { publishedIdentities } from './published-identities.ts';
import { publishedV2Mappings, publishedV2Stages } from './v2-published.ts';

export function publishedState(
  view: View,
  account: Account,
  backends: BackendSettings,
  revision: number,
): PublishedState {
  const { accountId, region, accountThrottle } = account;
  return {
    format: 1,
    revision,
    accountId,
    region,
    accountThrottle: { rateRps: accountThrottle.rateRps, burst: accountThrottle.burst },
    stages: view
      .list('restApi', '')
      .flatMap(({ id }) => view.list('stage', id).flatMap((stage) => publishedStage(view, id, stage))),
    domainNames: view.list('domainName', '').map((domainName) => publishedDomainName(view, domainName)),
    functions: publishedFunctions(view, account),
    backends: {
      pools: backends.pools,
      services: backends.services,
      roles: backends.roles,
      introspection: backends.introspection ?? [],
      tokenKeys: backends.tokenKeys ?? [],
      vpcLinks: view.list('vpcLink', '').map(({ id, targetArns }) => ({ id, targetArns })),
    },
    v2Stages: publishedV2Stages(view),
    ...publishedIdentities(view, account),
    apiKeys: publishedApiKeys(view),
    firewall: publishedFirewall(view),
    usagePlans: publishedUsagePlans(view),
    tokenRevocations: view.list('tokenRevocation', ''),
  };
}

// A stage without its deployment cannot come to be (`putStage`); it would be left out rather than served wrongly.
function publishedStage(view: View, apiId: string, stage: Stage): PublishedStage[] {
  const deploymentHash = hashOf(view, apiId, stage.deploymentId);
  if (deploymentHash === undefined) return [];
  const canary = canaryOf(view, apiId, stage);
  const clientCertificate = clientCertificateOf(view, stage);
  return [
    {
      apiId,
      stage: { ...stage, methodSettings: plainKeys(stage.methodSettings) },
      deploymentHash,
      ...(canary === undefined ? {} : { canary }),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    },
  ];
}

const hashOf = (view: View, apiId: string, deploymentId: string | undefined): string | undefined =>
  deploymentId === undefined ? undefined : view.get('deployment', apiId, deploymentId)?.hash;

function canaryOf(view: View, apiId: string, { canarySettings }: Stage): PublishedCanary | undefined {
  const deploymentHash = hashOf(view, apiId, canarySettings?.deploymentId);
  if (canarySettings?.deploymentId === undefined || deploymentHash === undefined) return undefined;
  const { deploymentId, percentTraffic, stageVariableOverrides = {}, useStageCache } = canarySettings;
  return { deploymentId, deploymentHash, percentTraffic, stageVariableOverrides, useStageCache };
}

function clientCertificateOf(
  view: View,
  { clientCertificateId: id }: Stage,
): PublishedClientCertificate | undefined {
  const found = id === undefined ? undefined : view.get('clientCertificate', '', id);
  return found && { certificate: found.pemEncodedCertificate, privateKey: found.pemEncodedPrivateKey };
}

/** Keys as the data plane looks them up: `pets/{id}/GET`, however they were given. */
const plainKeys = (settings: Stage['methodSettings']): Stage['methodSettings'] =>
  Object.fromEntries(Object.entries(settings).map(([key, setting]) => [settingKeyOf(key), setting]));

function publishedDomainName(view: View, domainName: DomainName): PublishedDomainName {
  const { policy, mutualTlsAuthentication: mutualTls, routingMode } = domainName;
  const { securityPolicy, endpointAccessMode } = domainName;
  const parent = domainNameKey(domainName);
  // Routing rules alone decide then, and there are none of them for REST APIs yet: nothing is served.
  const isMapped = routingMode !== 'ROUTING_RULE_ONLY';
  const mappings = isMapped ? view.list('basePathMapping', parent) : [];
  const { truststoreUri, truststoreVersion } = mutualTls ?? {};
  return {
    domainName: domainName.domainName.toLowerCase(),
    mappings: [
      ...mappings.map(
        ({ basePath, restApiId: apiId, stage }): PublishedMapping => ({
          basePath: basePath === '(none)' ? '' : basePath,
          apiId,
          stage: stage ?? null,
        }),
      ),
      ...(isMapped ? publishedV2Mappings(view, parent) : []),
    ],
    endpointType: domainName.endpointConfiguration.types[0] ?? 'EDGE',
    ...(policy === undefined ? {} : { policy }),
    ...(securityPolicy === undefined ? {} : { securityPolicy }),
    ...(endpointAccessMode === undefined ? {} : { endpointAccessMode }),
    ...(truststoreUri === undefined
      ? {}
      : {
          mutualTlsAuthentication: {
            truststoreUri,
            ...(truststoreVersion === undefined ? {} : { truststoreVersion }),
          },
        }),
  };
}

/** The id under which the store has a domain name; private ones of one name may be several. */
export const domainNameKey = ({
  domainName,
  domainNameId,
}: Pick<DomainName, 'domainName' | 'domainNameId'>): string =>
  domainNameId === undefined ? domainName : `${domainName}+${domainNameId}`;
