// SDKs that OpenAPI Generator makes: which generator, with which properties, and what of its files is kept.

import type { SdkRequest, SdkTypeId } from './sdk-types.ts';

export type GeneratedTypeId = Exclude<SdkTypeId, 'javascript'>;
type Parameters = SdkRequest['parameters'];

export interface GeneratedKind {
  readonly generator: string;
  /** Names the class that has the methods. */
  tag(parameters: Parameters): string;
  properties(parameters: Parameters): Readonly<Record<string, string>>;
  /** What of the generator's files goes into the archive. */
  isKept(path: string, parameters: Parameters): boolean;
  /** A text of the generator's, without its mistakes. */
  corrected?(path: string, text: string): string;
}

/** A generator's own files, tests without a word in them, and continuous integration that nobody asked for. */
const notForUsers =
  /^(\.openapi-generator|\.github\/|\.travis\.yml|\.gitlab-ci\.yml|git_push\.sh|src\/test\/)/;
const gradleFiles = /^(build\.gradle|settings\.gradle|gradle\.properties|gradlew|gradlew\.bat|gradle\/)/;

/** `pet store` -> `PetStore`. */
const className = (words: string): string =>
  words
    .split(/[^0-9A-Za-z]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const fileName = (words: string): string =>
  words
    .trim()
    .toLowerCase()
    .replace(/[^0-9a-z]+/g, '-');

const javaPackages = (name: string) => ({
  invokerPackage: name,
  apiPackage: `${name}.api`,
  modelPackage: `${name}.model`,
});

/** This library knows API keys, which the one of java.net.http does not, and runs on Android too. */
const javaProperties = {
  library: 'okhttp-gson',
  hideGenerationTimestamp: 'true',
  openApiNullable: 'false',
  dateLibrary: 'java8',
};

export const generatedKinds: Readonly<Record<GeneratedTypeId, GeneratedKind>> = {
  java: {
    generator: 'java',
    tag: (parameters) => className(parameters['service.name']!),
    properties: (parameters) => ({
      ...javaProperties,
      ...javaPackages(parameters['java.package-name']!),
      groupId: parameters['java.group-id'] ?? parameters['java.package-name']!,
      artifactId: parameters['java.artifact-id'] ?? fileName(parameters['service.name']!),
      artifactVersion: parameters['java.artifact-version'] ?? '1.0-SNAPSHOT',
    }),
    isKept: (path, parameters) => {
      if (notForUsers.test(path) || path === 'build.sbt' || path === 'src/main/AndroidManifest.xml')
        return false;
      return parameters['java.build-system'] === 'gradle' ? path !== 'pom.xml' : !gradleFiles.test(path);
    },
  },
  // The generator of that name writes for an Android of 2015.
  android: {
    generator: 'java',
    tag: () => 'Default',
    properties: (parameters) => ({
      ...javaProperties,
      ...javaPackages(parameters.invokerPackage!),
      groupId: parameters.groupId!,
      artifactId: parameters.artifactId!,
      artifactVersion: parameters.artifactVersion!,
    }),
    isKept: (path) => !notForUsers.test(path) && path !== 'build.sbt',
  },
  objectivec: {
    generator: 'objc',
    tag: () => 'Default',
    properties: ({ classPrefix }) => ({ classPrefix: classPrefix!, podName: `${classPrefix}Client` }),
    isKept: (path) => !notForUsers.test(path),
  },
  swift: {
    generator: 'swift6',
    tag: () => 'Default',
    properties: ({ classPrefix }) => ({
      projectName: `${classPrefix}Client`,
      apiNamePrefix: classPrefix!,
      modelNamePrefix: classPrefix!,
      hideGenerationTimestamp: 'true',
    }),
    isKept: (path) => !notForUsers.test(path),
  },
  ruby: {
    generator: 'ruby',
    tag: (parameters) => className(parameters['service.name']!),
    properties: (parameters) => ({
      gemName: parameters['ruby.gem-name'] ?? fileName(parameters['service.name']!).replaceAll('-', '_'),
      moduleName: className(parameters['service.name']!),
      gemVersion: parameters['ruby.gem-version'] ?? '1.0.0',
      library: 'faraday',
      hideGenerationTimestamp: 'true',
    }),
    isKept: (path) => !notForUsers.test(path),
    // CGI's escaping is that of forms: a blank in a path would arrive as a plus sign.
    corrected: (path, text) =>
      /\/api\/\w+\.rb$/.test(path)
        ? text.replaceAll('CGI.escape(', 'ERB::Util.url_encode(').replace("require 'cgi'", "require 'erb'")
        : text,
  },
};
