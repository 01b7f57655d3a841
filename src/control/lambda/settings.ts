// The settings of a function: what is given, checked and laid over what it has. What the gateway does not run is
// refused by its name, never taken and passed over.

import type { FunctionConfiguration } from '../../resources/index.ts';
import { invalidParameter } from '../protocol/lambda/exceptions.ts';
import type { CallInput } from '../protocol/services.ts';

type Given = Partial<Omit<CallInput<'lambda:UpdateFunctionConfiguration'>, 'FunctionName' | 'RevisionId'>>;

/** Of a configuration, what a client sets. */
export type Settings = Pick<
  FunctionConfiguration,
  | 'runtime'
  | 'handler'
  | 'role'
  | 'description'
  | 'timeout'
  | 'memorySize'
  | 'environment'
  | 'ephemeralStorageSize'
  | 'capacityProvider'
>;

/** What the function host has runtime clients for. */
export const runtimes: ReadonlySet<string> = new Set([
  ...['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'],
  ...['python3.9', 'python3.10', 'python3.11', 'python3.12', 'python3.13'],
  ...['provided', 'provided.al2', 'provided.al2023'],
]);

export const settingsDefault = {
  description: '',
  timeout: 3,
  memorySize: 128,
  ephemeralStorageSize: 512,
} as const;

/**
 * @param before - absent members are as they were
 * @throws InvalidParameterValueException
 */
export function settingsGiven(
  given: Given,
  before: Omit<Settings, 'runtime' | 'role'> & { readonly runtime?: string; readonly role?: string },
): Settings {
  refuseWhatIsNotRun(given);
  const runtime = given.Runtime ?? before.runtime;
  const handler = given.Handler ?? before.handler;
  const role = given.Role ?? before.role;
  if (runtime === undefined || role === undefined) throw missing();
  if (!runtimes.has(runtime))
    throw invalidParameter(
      `The runtime ${runtime} is not one that this gateway runs. It runs ${[...runtimes].join(', ')}.`,
    );
  if ((handler ?? '') === '' && !runtime.startsWith('provided')) throw missing();
  const environment = environmentOf(given, before);
  const capacityProvider = capacityProviderOf(given, before);
  return {
    runtime,
    ...((handler ?? '') === '' ? {} : { handler: handler! }),
    role,
    description: given.Description ?? before.description,
    timeout: given.Timeout ?? before.timeout,
    memorySize: given.MemorySize ?? before.memorySize,
    ...(environment === undefined ? {} : { environment }),
    ephemeralStorageSize: given.EphemeralStorage?.Size ?? before.ephemeralStorageSize,
    ...(capacityProvider === undefined ? {} : { capacityProvider }),
  };
}

const missing = () =>
  invalidParameter(
    'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
  );

function environmentOf({ Environment }: Given, before: Pick<Settings, 'environment'>) {
  if (Environment === undefined) return before.environment;
  const { Variables: variables = {} } = Environment;
  checkVariables(variables);
  return Object.keys(variables).length === 0 ? undefined : { variables };
}

function capacityProviderOf({ CapacityProviderConfig }: Given, before: Pick<Settings, 'capacityProvider'>) {
  if (CapacityProviderConfig === undefined) return before.capacityProvider;
  const { CapacityProviderArn: capacityProviderArn, PerExecutionEnvironmentMaxConcurrency: max } =
    CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig;
  return {
    capacityProviderArn,
    ...(max === undefined ? {} : { perExecutionEnvironmentMaxConcurrency: max }),
  };
}

/** Of names and values together, as they are written in JSON. */
const environmentBytesMax = 4096;

const unableToConfigure =
  'Lambda was unable to configure your environment variables because the environment variables you have provided';

/** @throws InvalidParameterValueException which tells names, never values */
export function checkVariables(variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).filter((name) => reservedNames.has(name));
  if (reserved.length > 0)
    throw invalidParameter(
      `${unableToConfigure} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  if (Object.values(variables).some((value) => value.includes('\0')))
    throw invalidParameter(`${unableToConfigure} contain a NUL character.`);
  if (Buffer.byteLength(JSON.stringify(variables)) > environmentBytesMax)
    throw invalidParameter(`${unableToConfigure} exceeded the 4KB limit.`);
}

/** @see Lambda Developer Guide, "Defined runtime environment variables" */
const reservedNames: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_MAX_CONCURRENCY',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** Each with how to tell that it asks for something: what clients send by default asks for nothing. */
const notRun: readonly (readonly [what: string, isAsked: (given: Given) => boolean])[] = [
  [
    'VpcConfig',
    ({ VpcConfig }) =>
      (VpcConfig?.SubnetIds ?? []).length > 0 || (VpcConfig?.SecurityGroupIds ?? []).length > 0,
  ],
  ['DeadLetterConfig', ({ DeadLetterConfig }) => (DeadLetterConfig?.TargetArn ?? '') !== ''],
  ['KMSKeyArn', ({ KMSKeyArn }) => (KMSKeyArn ?? '') !== ''],
  ['TracingConfig with the mode Active', ({ TracingConfig }) => TracingConfig?.Mode === 'Active'],
  ['Layers', ({ Layers }) => (Layers ?? []).length > 0],
  ['FileSystemConfigs', ({ FileSystemConfigs }) => (FileSystemConfigs ?? []).length > 0],
  ['ImageConfig', ({ ImageConfig }) => ImageConfig !== undefined],
  ['SnapStart', ({ SnapStart }) => SnapStart?.ApplyOn === 'PublishedVersions'],
  [
    'LoggingConfig with JSON, levels or a group of its own',
    ({ LoggingConfig: logging }) =>
      logging?.LogFormat === 'JSON' ||
      logging?.ApplicationLogLevel !== undefined ||
      logging?.SystemLogLevel !== undefined ||
      logging?.LogGroup !== undefined,
  ],
  [
    // Processes are not bound to CPUs here.
    'CapacityProviderConfig with ExecutionEnvironmentMemoryGiBPerVCpu',
    ({ CapacityProviderConfig: given }) =>
      given?.LambdaManagedInstancesCapacityProviderConfig.ExecutionEnvironmentMemoryGiBPerVCpu !== undefined,
  ],
  ['DurableConfig', ({ DurableConfig }) => DurableConfig !== undefined],
  ['RuntimeConfig', ({ RuntimeConfig }) => RuntimeConfig !== undefined],
  ['AcceleratorConfig', ({ AcceleratorConfig }) => AcceleratorConfig !== undefined],
];

function refuseWhatIsNotRun(given: Given): void {
  for (const [what, isAsked] of notRun) if (isAsked(given)) throw notSupported(what);
}

/** @param what - `Layers` */
export const notSupported = (what: string) =>
  invalidParameter(
    `${what} is not supported: this gateway runs functions from zip files, as processes of its machine.`,
  );
