// Types of Lambda's inputs (API version 2015-03-31). What the gateway does not run is declared too, so that it can be
// refused by name.

import {
  blob,
  boolean,
  double,
  integer,
  keyedMap,
  list,
  matching,
  oneOf,
  required,
  string,
  structure,
  within,
} from '../shape.ts';

const arnPrefix = '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?';

/** A name, partial ARN or ARN, also with a qualifier. */
export const functionName = within(
  { min: 1, max: 140 },
  matching(`${arnPrefix}(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`),
);
export const namespacedFunctionName = within(
  { min: 1, max: 256 },
  matching(
    `${arnPrefix}(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
  ),
);
export const qualifier = within({ min: 1, max: 128 }, matching('\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+'));
export const alias = within({ min: 1, max: 128 }, matching('(?!^[0-9]+$)([a-zA-Z0-9-_]+)'));
export const version = within({ min: 1, max: 1024 }, matching('(\\$LATEST(\\.PUBLISHED)?|[0-9]+)'));
export const role = within(
  { min: 0, max: 10_000 },
  matching('arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+'),
);
export const handler = within({ min: 0, max: 128 }, matching('[^\\s]+'));
export const description = within({ min: 0, max: 256 }, string);
/** Seconds. */
export const timeout = within({ min: 1, max: 900 }, integer);
/** MB. */
export const memorySize = within({ min: 128, max: 10_240 }, integer);
export const maxItems = within({ min: 1, max: 10_000 }, integer);
export const architectures = within({ min: 1, max: 1 }, list(oneOf('x86_64', 'arm64')));
export const functionVersions = oneOf('ALL');
export const packageType = oneOf('Zip', 'Image');
export const publishTo = oneOf('LATEST_PUBLISHED');
export const kmsKeyArn = within(
  { min: 0, max: 10_000 },
  matching('(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()'),
);
export const environment = structure({
  Variables: keyedMap(matching('[a-zA-Z]([a-zA-Z0-9_])+'), string),
});
export const ephemeralStorage = structure({ Size: required(within({ min: 512, max: 10_240 }, integer)) });
/** At AWS, which instances run a function: Lambda Managed Instances. */
export const capacityProviderConfig = structure({
  LambdaManagedInstancesCapacityProviderConfig: required(
    structure({
      CapacityProviderArn: required(
        within(
          { min: 1, max: 140 },
          matching(
            'arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+',
          ),
        ),
      ),
      PerExecutionEnvironmentMaxConcurrency: within({ min: 1, max: 1600 }, integer),
      ExecutionEnvironmentMemoryGiBPerVCpu: within({ min: 2, max: 8 }, double),
    }),
  ),
});
export const tags = keyedMap(
  within({ min: 1, max: 128 }, matching('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)')),
  within({ min: 0, max: 256 }, matching('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)')),
);
export const tagKeys = list(within({ min: 1, max: 128 }, matching('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)')));
export const taggable = within({ min: 1, max: 10_000 }, string);

/** Where code comes from. */
export const codeMembers = {
  ZipFile: blob,
  S3Bucket: string,
  S3Key: string,
  S3ObjectVersion: string,
  S3ObjectStorageMode: oneOf('COPY', 'REFERENCE'),
  ImageUri: string,
  SourceKMSKeyArn: kmsKeyArn,
} as const;

/** Of CreateFunction and UpdateFunctionConfiguration. */
export const settings = {
  Runtime: string,
  Handler: handler,
  Description: description,
  Timeout: timeout,
  MemorySize: memorySize,
  VpcConfig: structure({
    SubnetIds: list(string),
    SecurityGroupIds: list(string),
    Ipv6AllowedForDualStack: boolean,
  }),
  DeadLetterConfig: structure({ TargetArn: kmsKeyArn }),
  Environment: environment,
  KMSKeyArn: kmsKeyArn,
  TracingConfig: structure({ Mode: oneOf('Active', 'PassThrough') }),
  Layers: list(string),
  FileSystemConfigs: list(structure({ Arn: required(string), LocalMountPath: required(string) })),
  ImageConfig: structure({ EntryPoint: list(string), Command: list(string), WorkingDirectory: string }),
  EphemeralStorage: ephemeralStorage,
  SnapStart: structure({ ApplyOn: oneOf('PublishedVersions', 'None') }),
  LoggingConfig: structure({
    LogFormat: oneOf('JSON', 'Text'),
    ApplicationLogLevel: oneOf('TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'),
    SystemLogLevel: oneOf('DEBUG', 'INFO', 'WARN'),
    LogGroup: within({ min: 1, max: 512 }, matching('[\\.\\-_/#A-Za-z0-9]+')),
  }),
  CapacityProviderConfig: capacityProviderConfig,
  DurableConfig: structure({}),
  RuntimeConfig: structure({}),
  AcceleratorConfig: structure({}),
} as const;

export const routingConfig = structure({
  AdditionalVersionWeights: keyedMap(
    within({ min: 1, max: 1024 }, matching('[0-9]+')),
    within({ min: 0, max: 1 }, double),
  ),
});

export const statementId = within({ min: 1, max: 100 }, matching('([a-zA-Z0-9-_]+)'));
export const namespacedStatementId = within({ min: 1, max: 100 }, matching('([a-zA-Z0-9-_.]+)'));
export const action = matching('(lambda:[*]|lambda:[a-zA-Z]+|[*])');
export const principal = within({ min: 0, max: 2048 }, matching('[^\\s]+'));
export const sourceArn = matching(
  'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
);
export const sourceAccount = matching('\\d{12}');
export const eventSourceToken = within({ min: 0, max: 256 }, matching('[a-zA-Z0-9._\\-]+'));
export const functionUrlAuthType = oneOf('NONE', 'AWS_IAM');
export const principalOrgId = within({ min: 12, max: 34 }, matching('o-[a-z0-9]{10,32}'));

const destination = structure({ Destination: within({ min: 0, max: 350 }, string) });
export const eventInvokeMembers = {
  MaximumRetryAttempts: within({ min: 0, max: 2 }, integer),
  MaximumEventAgeInSeconds: within({ min: 60, max: 21_600 }, integer),
  DestinationConfig: structure({ OnSuccess: destination, OnFailure: destination }),
} as const;

export const invocationType = oneOf('Event', 'RequestResponse', 'DryRun');
export const streamedInvocationType = oneOf('RequestResponse', 'DryRun');
export const logType = oneOf('None', 'Tail');
