// The kinds of SDK that can be had, and the parameters that each takes.

import { badRequest, notFound } from '../protocol/exceptions.ts';

export type SdkTypeId = 'javascript' | 'java' | 'android' | 'objectivec' | 'swift' | 'ruby';

export interface SdkConfigurationProperty {
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly required: boolean;
  readonly defaultValue?: string;
}

export interface SdkType {
  readonly id: SdkTypeId;
  readonly friendlyName: string;
  readonly description: string;
  readonly configurationProperties: readonly SdkConfigurationProperty[];
}

/** What a value must look like: values become names of files and words of source text. */
interface Property extends SdkConfigurationProperty {
  readonly pattern: RegExp;
  /** The name under which GetSdk takes it too. */
  readonly otherName?: string;
}

interface Kind extends SdkType {
  readonly configurationProperties: readonly Property[];
}

const packageName = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
const artifact = /^[A-Za-z0-9_][\w.-]*$/;
const version = /^[0-9A-Za-z][\w.+-]*$/;
const words = /^[A-Za-z][\w -]*$/;
const valueLengthMax = 128;

function property(
  name: string,
  friendlyName: string,
  description: string,
  pattern: RegExp,
  more: Partial<Property> = {},
): Property {
  return { name, friendlyName, description, required: false, pattern, ...more };
}

const classPrefix = property(
  'classPrefix',
  'Prefix',
  'Prefix of the names of all generated classes, for example SVC',
  /^[A-Za-z]\w*$/,
  { required: true },
);

const kinds: readonly Kind[] = [
  {
    id: 'android',
    friendlyName: 'Android',
    description: 'SDK for Android apps',
    configurationProperties: [
      property('groupId', 'Group ID', 'Group id of the Maven artifact, for example com.example', artifact, {
        required: true,
      }),
      property('invokerPackage', 'Invoker package', 'Java package of the generated client', packageName, {
        required: true,
      }),
      property('artifactId', 'Artifact ID', 'Name of the compiled jar', artifact, { required: true }),
      property('artifactVersion', 'Artifact version', 'Version of the artifact, for example 1.0.0', version, {
        required: true,
      }),
    ],
  },
  {
    id: 'java',
    friendlyName: 'Java',
    description: 'Java SDK generator for API Gateway APIs',
    configurationProperties: [
      property(
        'service.name',
        'Service Name',
        'Name of the service which is used to derive the Java interface name for your client',
        words,
        { required: true, otherName: 'serviceName' },
      ),
      property(
        'java.package-name',
        'Java Package Name',
        'Name of the Java package your code will be generated under',
        packageName,
        { required: true, otherName: 'javaPackageName' },
      ),
      property(
        'java.build-system',
        'Java Build System',
        'Build system to setup for project; Currently supported: maven, gradle',
        /^(maven|gradle)$/,
      ),
      property(
        'java.group-id',
        'Java Group Id',
        'Group id for your Maven or Gradle project. Defaults to package name',
        artifact,
      ),
      property(
        'java.artifact-id',
        'Java Artifact Id',
        'Artifact Id for your Maven project or project name for your Gradle project. Defaults to service name',
        artifact,
      ),
      property(
        'java.artifact-version',
        'Java Artifact Version',
        'Version of your Maven or Gradle project. Defaults to 1.0-SNAPSHOT',
        version,
      ),
    ],
  },
  {
    id: 'javascript',
    friendlyName: 'JavaScript',
    description: 'SDK for browsers and Node.js',
    configurationProperties: [],
  },
  {
    id: 'objectivec',
    friendlyName: 'iOS (Objective-C)',
    description: 'SDK for iOS apps, in Objective-C',
    configurationProperties: [classPrefix],
  },
  {
    id: 'swift',
    friendlyName: 'iOS (Swift)',
    description: 'SDK for iOS apps, in Swift',
    configurationProperties: [classPrefix],
  },
  {
    id: 'ruby',
    friendlyName: 'Ruby',
    description: 'Ruby SDK generator for API Gateway APIs',
    configurationProperties: [
      property(
        'service.name',
        'Service Name',
        'Name of the service which is used to derive the name for your client',
        words,
        { required: true, otherName: 'serviceName' },
      ),
      property(
        'ruby.gem-name',
        'Ruby Gem Name',
        'Name of the Ruby gem your code will be generated under',
        /^[A-Za-z][\w-]*$/,
      ),
      property(
        'ruby.gem-version',
        'Ruby Gem Version',
        'Version number for your service gem. Defaults to 1.0.0',
        /^[0-9]+(\.[0-9A-Za-z]+)*$/,
      ),
    ],
  },
];

/** As GetSdkTypes shows them. */
export const sdkTypes: readonly SdkType[] = kinds.map(({ configurationProperties, ...kind }) => ({
  ...kind,
  configurationProperties: configurationProperties.map(({ pattern, otherName, ...shown }) => shown),
}));

/** @throws NotFoundException */
export function sdkTypeOf(id: string): SdkType {
  const found = sdkTypes.find((type) => type.id === id);
  if (found === undefined) throw notFound('Invalid SDK type identifier specified');
  return found;
}

/** What GetSdk was given, checked. Absent values are absent. */
export interface SdkRequest {
  readonly type: SdkTypeId;
  /** By the names of `configurationProperties`, in their order. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws BadRequestException for a type or parameters that GetSdk does not take */
export function sdkRequestOf(typeId: string, given: Readonly<Record<string, string>>): SdkRequest {
  const kind = kinds.find(({ id }) => id === typeId);
  if (kind === undefined)
    throw badRequest(`Invalid SDK type specified. Must be one of: [${kinds.map(({ id }) => id).join(', ')}]`);
  // A presigned request has its signature among the parameters.
  const left = new Map(Object.entries(given).filter(([name]) => !/^x-amz-/i.test(name)));
  const parameters: Record<string, string> = {};
  for (const one of kind.configurationProperties) {
    const value = left.get(one.name) ?? (one.otherName === undefined ? undefined : left.get(one.otherName));
    left.delete(one.name);
    if (one.otherName !== undefined) left.delete(one.otherName);
    if (value === undefined || value === '') {
      if (one.required) throw badRequest(`Missing required parameter for ${typeId} SDK: ${one.name}`);
    } else if (!one.pattern.test(value) || value.length > valueLengthMax) {
      throw badRequest(
        `Invalid value for parameter ${one.name} of ${typeId} SDK: ${value.slice(0, valueLengthMax)}`,
      );
    } else parameters[one.name] = value;
  }
  for (const name of left.keys()) throw badRequest(`Invalid parameter for ${typeId} SDK: ${name}`);
  return { type: kind.id, parameters };
}
