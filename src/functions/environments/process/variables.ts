// The variables of an environment: those that AWS Lambda sets, and the function's own. Nothing of the host's.
// @see AWS Lambda Developer Guide, "Defined runtime environment variables"

import { dirname, join } from 'node:path';
import type { EnvironmentSpec } from '../../host/environment.ts';
import { runtimesDir } from './command.ts';
import { markerVariable } from './marker.ts';

/** Tells our own clients which of their files leads to the host. */
const channelVariable = 'SLUICE_CHANNEL_FD';

export interface VariableSources {
  readonly spec: EnvironmentSpec;
  readonly codeDir: string;
  readonly tmpDir: string;
  readonly cacheDir: string;
  readonly mark: string;
  readonly nodePath: string;
  readonly logStreamName: string;
  readonly executionName: string | null;
  /** `127.0.0.1:port`; null: our own client, on its channel. */
  readonly runtimeApi: string | null;
}

/** What the function may set otherwise stands before its own; what it may not, behind. */
export function variablesOf(sources: VariableSources): Record<string, string> {
  const { spec, codeDir, runtimeApi, executionName } = sources;
  const { version, functionName, region } = spec;
  // One of this name may have been stored before it was reserved.
  const { AWS_LAMBDA_MAX_CONCURRENCY: _reserved, ...own } = version.environment;
  return {
    LANG: 'en_US.UTF-8',
    PATH: `${dirname(sources.nodePath)}:/usr/local/bin:/usr/bin:/bin`,
    LD_LIBRARY_PATH: `${codeDir}:${join(codeDir, 'lib')}`,
    NODE_PATH: codeDir,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    ...own,
    TZ: ':UTC',
    TMPDIR: sources.tmpDir,
    _HANDLER: version.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // Custom runtimes have none.
    ...(executionName === null ? {} : { AWS_EXECUTION_ENV: `AWS_Lambda_${executionName}` }),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: sources.logStreamName,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: codeDir,
    LAMBDA_RUNTIME_DIR: runtimesDir,
    ...(version.concurrencyPerEnvironment === 1
      ? {}
      : { AWS_LAMBDA_MAX_CONCURRENCY: String(version.concurrencyPerEnvironment) }),
    ...(runtimeApi === null ? { [channelVariable]: '3' } : { AWS_LAMBDA_RUNTIME_API: runtimeApi }),
    SLUICE_CACHE_DIR: sources.cacheDir,
    [markerVariable]: sources.mark,
  };
}
