// What a stage's settings may be; what it names is there.

import { stageVariablesMax, type V2RouteSettings, type V2Stage } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';

const burstMax = 5_000_000;
const rateMax = 10_000_000;

/**
 * @param given - settings of routes that must be there; of others they may have gone since
 * @throws BadRequestException; NotFoundException for a route that is not there
 */
export function checkStage(
  stage: V2Stage,
  apiId: string,
  view: View,
  given: V2Stage['routeSettings'] = stage.routeSettings,
): void {
  const { deploymentId, clientCertificateId, accessLogSettings, stageVariables } = stage;
  if (deploymentId !== undefined && view.get('v2Deployment', apiId, deploymentId) === undefined)
    throw badRequest('Deployment id does not exist');
  if (clientCertificateId !== undefined && !view.get('clientCertificate', '', clientCertificateId))
    throw badRequest('Invalid Client Certificate identifier specified');
  checkAccessLog(accessLogSettings);
  checkVariables(stageVariables);
  const keys = new Set(view.list('v2Route', apiId).map(({ routeKey }) => routeKey));
  const missing = Object.keys(given ?? {}).find((key) => !keys.has(key));
  if (missing !== undefined)
    throw notFound(`Unable to find Route by key ${missing} within the provided RouteSettings`);
  for (const settings of [stage.defaultRouteSettings, ...Object.values(stage.routeSettings)])
    checkThrottle(settings);
}

function checkAccessLog(settings: V2Stage['accessLogSettings']): void {
  if (settings === undefined) return;
  const { destinationArn, format } = settings;
  if (destinationArn !== undefined && !/^arn:[^:]+:(logs|firehose):[^:]*:[^:]*:.+$/.test(destinationArn))
    throw badRequest(`Invalid ARN specified in the request. ${destinationArn}`);
  if (format?.includes('\n')) throw badRequest('Invalid access log format: it must be a single line');
  if (destinationArn !== undefined && format === undefined)
    throw badRequest('Access log format must be specified');
}

function checkVariables(variables: V2Stage['stageVariables']): void {
  const entries = Object.entries(variables);
  if (entries.length > stageVariablesMax)
    throw badRequest(`A stage has at most ${stageVariablesMax} variables`);
  for (const [name, value] of entries) {
    // `__proto__` would not come through the published state as it is.
    if (!/^(?!__proto__$)\w{1,64}$/.test(name))
      throw badRequest(`Invalid stage variable name: ${name}.  Please use names with only word characters.`);
    if (!/^[A-Za-z0-9\-._~:/?#&=,]{1,2048}$/.test(value))
      throw badRequest(
        `Invalid stage variable value: ${value}.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`,
      );
  }
}

/** 0 lets nothing through. */
function checkThrottle({
  throttlingBurstLimit: burst = 0,
  throttlingRateLimit: rate = 0,
}: V2RouteSettings): void {
  if (burst < 0 || burst > burstMax)
    throw badRequest(`ThrottlingBurstLimit must be between 0 and ${burstMax}`);
  if (rate < 0 || rate > rateMax) throw badRequest(`ThrottlingRateLimit must be between 0 and ${rateMax}`);
}
