// What a patch of a stage is told when its path or op is none, letter for letter as the service has it.

import { type AwsException, badRequest } from '../protocol/exceptions.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import { methodSettingPlace } from './method-setting-patch.ts';

/** A path that is there, with an op that it does not have. */
export function unsupportedOp(operation: PatchOperation): AwsException {
  if (operation.op === 'add') return badRequest(`Invalid add operation with path: ${operation.path}`);
  return badRequest(
    `Invalid patch path  '${operation.path}' specified for op '${operation.op}'. Please choose supported operations`,
  );
}

/** A path that is not there. */
export function unknownPlace(operation: PatchOperation): AwsException {
  const { path = 'null' } = operation;
  if (methodSettingPlace(path) !== undefined) return unsupportedOp(operation);
  if (path === '/accessLogSettings' || path.startsWith('/accessLogSettings/'))
    return badRequest(
      'Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]',
    );
  return badRequest(`Invalid method setting path: ${path}. Must be one of: [${listedPaths}]`);
}

const ofMethod = (...settings: readonly string[]) =>
  settings.map((one) => `/{resourcePath}/{httpMethod}/${one}`);
const ofAll = (...settings: readonly string[]) => settings.map((one) => `/*/*/${one}`);

/** As the service prints it, commas missing around the throttling settings included. */
const listedPaths = [
  '/deploymentId',
  '/description',
  '/cacheClusterEnabled',
  '/cacheClusterSize',
  '/clientCertificateId',
  '/accessLogSettings',
  '/accessLogSettings/destinationArn',
  '/accessLogSettings/format',
  ...ofMethod('metrics/enabled', 'logging/dataTrace', 'logging/loglevel'),
  ofMethod('throttling/burstLimit', 'throttling/rateLimit', 'caching/ttlInSeconds').join(''),
  ...ofMethod(
    'caching/enabled',
    'caching/dataEncrypted',
    'caching/requireAuthorizationForCacheControl',
    'caching/unauthorizedCacheControlHeaderStrategy',
  ),
  ...ofAll('metrics/enabled', 'logging/dataTrace', 'logging/loglevel'),
  ofAll('throttling/burstLimit', 'throttling/rateLimit', 'caching/ttlInSeconds').join(' '),
  ...ofAll(
    'caching/enabled',
    'caching/dataEncrypted',
    'caching/requireAuthorizationForCacheControl',
    'caching/unauthorizedCacheControlHeaderStrategy',
  ),
  '/variables/{variable_name}',
  '/tracingEnabled',
].join(', ');
