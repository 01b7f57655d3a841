// Functions at rest, spelled as AWS Lambda spells them (API version 2015-03-31), and as the function host is told of
// them. Types only.

export interface FunctionEnvironment {
  readonly variables: Readonly<Record<string, string>>;
}

/** Of a function whose environments run several invocations at once: Lambda Managed Instances, as AWS calls them. */
export interface FunctionCapacityProvider {
  /** `arn:aws:lambda:us-east-1:000000000000:capacity-provider:machine`: here all of them are this machine. */
  readonly capacityProviderArn: string;
  /** 1 to 1600. Absent: what AWS's runtimes have by default. */
  readonly perExecutionEnvironmentMaxConcurrency?: number;
}

/** The settings of one version of a function. */
export interface FunctionConfiguration {
  readonly functionName: string;
  /** `$LATEST` or a number from 1. */
  readonly version: string;
  /** `nodejs24.x`, `python3.11`, `provided.al2023` ... */
  readonly runtime: string;
  /** `app.handler`; absent for `provided` runtimes that need none. */
  readonly handler?: string;
  readonly role: string;
  readonly description: string;
  /** Seconds, 1 to 900. */
  readonly timeout: number;
  /** MB, 128 to 10240. */
  readonly memorySize: number;
  readonly environment?: FunctionEnvironment;
  /** MB, 512 to 10240. */
  readonly ephemeralStorageSize: number;
  /** Absent: an environment runs one invocation at a time. */
  readonly capacityProvider?: FunctionCapacityProvider;
  readonly architectures: readonly string[];
  /** Base64, as AWS shows it: of the zip. */
  readonly codeSha256: string;
  /** Bytes of the zip. */
  readonly codeSize: number;
  /** Names the folder of the unpacked code: `{dataDir}/functions/code/{codeHash}`. Lower-case hex. */
  readonly codeHash: string;
  /** ISO 8601. */
  readonly lastModified: string;
  /** UUID; another after each change. */
  readonly revisionId: string;
}

/** A function: its `$LATEST`, and what all its versions share. */
export interface LambdaFunction extends FunctionConfiguration {
  readonly reservedConcurrentExecutions?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** The number that the next published version gets. */
  readonly nextVersion: number;
}

export interface FunctionAlias {
  readonly name: string;
  readonly functionVersion: string;
  readonly description: string;
  /** Version -> share of the invocations, 0 to 1, that goes there instead. */
  readonly additionalVersionWeights?: Readonly<Record<string, number>>;
  readonly revisionId: string;
}

/** Who may invoke a function, or one of its versions or aliases. */
export interface FunctionPolicy {
  /** '' of the unqualified function. */
  readonly qualifier: string;
  /** Policy document, JSON text. */
  readonly policy: string;
  readonly revisionId: string;
}

/** How asynchronous invocations are treated. */
export interface FunctionEventInvokeConfig {
  /** `$LATEST` of the unqualified function. */
  readonly qualifier: string;
  /** 0 to 2. */
  readonly maximumRetryAttempts?: number;
  /** 60 to 21600. */
  readonly maximumEventAgeInSeconds?: number;
  /** ISO 8601. */
  readonly lastModified: string;
  /** ARNs of functions that are told of the outcome. */
  readonly onSuccess?: string;
  readonly onFailure?: string;
}

/** One version, as the function host runs it. */
export interface PublishedFunctionVersion {
  /** `$LATEST` or a number. */
  readonly version: string;
  readonly runtime: string;
  /** '' where there is none. */
  readonly handler: string;
  readonly codeHash: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  /** Invocations at once in one environment. 1 unless the function asks for more and its runtime can. */
  readonly concurrencyPerEnvironment: number;
}

export interface PublishedFunction {
  readonly functionName: string;
  /** Unqualified. */
  readonly functionArn: string;
  /** Invocations at once; null = as many as the host allows. 0 = none at all. */
  readonly reservedConcurrency: number | null;
  /** `$LATEST` first. */
  readonly versions: readonly PublishedFunctionVersion[];
  readonly aliases: readonly {
    readonly name: string;
    readonly functionVersion: string;
    readonly additionalVersionWeights: Readonly<Record<string, number>>;
  }[];
  /** Qualifier ('' = the unqualified function) -> resource policy, JSON text. */
  readonly policies: Readonly<Record<string, string>>;
  /** Qualifier ('$LATEST' = the unqualified function) -> settings of asynchronous invocations. */
  readonly eventInvokeConfigs: Readonly<Record<string, FunctionEventInvokeConfig>>;
}
