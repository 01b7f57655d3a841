// Backends as the control plane publishes them: what the file declares, with the secrets and certificates that it only
// names. They are read here and not with the file: who only checks a document needs none of them.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { BackendSettings, IntrospectionEndpoint, RoleCredentials } from '../resources/index.ts';
import { ConfigError } from './config-error.ts';
import { readCredentialsFile } from './credentials-file.ts';
import { deepFreeze } from './data-plane-settings.ts';
import { type Environment, environment } from './environment.ts';
import type { FunctionDeclaration } from './functions.ts';
import type { IntrospectionDeclaration } from './introspection.ts';
import type { PoolDeclaration } from './pools.ts';
import type { ProcessConfig } from './process-settings.ts';
import type { RoleDeclaration } from './roles.ts';
import type { TokenKeyDeclaration } from './token-keys.ts';

/**
 * @param variables - where roles take keys from; default: the environment of this process
 * @throws ConfigError with a line for each certificate, variable and file that cannot be used
 */
export function backendSettings(
  config: ProcessConfig,
  variables: Environment = environment,
): BackendSettings {
  const problems: string[] = [];
  const settings: BackendSettings = {
    pools: config.pools.map(({ caFile, where, ...pool }) => ({
      ...pool,
      ca: readCertificates(caFile, `${where}: pools.${pool.name}.caFile`, problems),
    })),
    services: config.services,
    roles: config.roles.map((role) => credentialsOf(role, variables, problems)),
    tokenKeys: config.tokenKeys.flatMap((declared) => keysIn(declared, problems)),
    introspection: config.introspection.map((declared) => endpointOf(declared, variables, problems)),
    truststores: {
      uris: config.truststores.map(({ uri }) => uri),
      domainNames: config.domains.flatMap(({ name, truststore }) => (truststore === null ? [] : [name])),
    },
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(settings);
}

/**
 * The environment of a function, values from variables of ours included.
 * @throws ConfigError with a line for each variable that is not set
 */
export function functionEnvironment(
  declared: FunctionDeclaration,
  variables: Environment = environment,
): Record<string, string> {
  const problems: string[] = [];
  const values = declared.environment.map(({ name, where, from }) => {
    const value = 'text' in from ? from.text : variables[from.variable];
    if (value === undefined) problems.push(`${where}: ${declared.key}.environment.${name}: ${notSet(from)}`);
    return [name, value ?? ''] as const;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(values);
}

const notSet = (from: { readonly text: string } | { readonly variable: string }): string =>
  'variable' in from
    ? `the environment variable "${from.variable}" is not set; set it where sluice is started`
    : '';

function readCertificates(file: PoolDeclaration['caFile'], at: string, problems: string[]): string | null {
  if (file === null) return null;
  try {
    const text = readFileSync(file, 'utf8');
    const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (certificates.length === 0) throw new Error('it has no CERTIFICATE block');
    for (const certificate of certificates) new X509Certificate(certificate);
    // Its certificates alone: whatever else lies in the file, such as a private key, is published to nobody.
    return `${certificates.join('\n')}\n`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    problems.push(
      `${at}: cannot use "${file}" (${reasonOf(code, message)}); name a PEM file of certificates`,
    );
    return null;
  }
}

/** OpenSSL's codes say nothing to people. */
const reasonOf = (code: string | undefined, message: string): string =>
  code === undefined ? message : code.startsWith('ERR_') ? 'a certificate in it cannot be read' : code;

function credentialsOf(
  { roleArn, key, where, source }: RoleDeclaration,
  variables: Environment,
  problems: string[],
): RoleCredentials {
  switch (source.kind) {
    case 'keys':
      return { roleArn, ...source.keys };
    case 'variables': {
      const read = (name: string): string => variableOf(name, { key, where }, variables, problems);
      const { accessKeyId, secretAccessKey, sessionToken } = source.names;
      return {
        roleArn,
        accessKeyId: read(accessKeyId),
        secretAccessKey: read(secretAccessKey),
        sessionToken: sessionToken === null ? null : read(sessionToken),
      };
    }
    case 'file': {
      const read = readCredentialsFile(source.file, source.profile);
      if ('keys' in read) return { roleArn, ...read.keys };
      problems.push(`${where}: ${key}.credentialsFile: ${read.problem}`);
      return { roleArn, accessKeyId: '', secretAccessKey: '', sessionToken: null };
    }
  }
}

function endpointOf(
  { key, where, secret, ...endpoint }: IntrospectionDeclaration,
  variables: Environment,
  problems: string[],
): IntrospectionEndpoint {
  const clientSecret =
    'text' in secret ? secret.text : variableOf(secret.variable, { key, where }, variables, problems);
  return { ...endpoint, clientSecret };
}

/** What the file's keys are good for is said by data planes, which alone know how they are used. */
function keysIn({ file, key, where }: TokenKeyDeclaration, problems: string[]): object[] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const list = (value as { keys?: unknown } | null)?.keys ?? value;
    const keys = [list].flat();
    if (keys.some((one) => typeof one !== 'object' || one === null)) throw new Error('it is no JWK');
    return keys as object[];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The parser's own words would repeat the key.
    const reason = code ?? 'it is no JWK, and no set of them';
    problems.push(`${where}: ${key}: cannot use "${file}" (${reason}); name a file with a JWK`);
    return [];
  }
}

/** @param at - the entry that names the variable */
function variableOf(
  name: string,
  { key, where }: { readonly key: string; readonly where: string },
  variables: Environment,
  problems: string[],
): string {
  const value = variables[name]?.trim() ?? '';
  if (value === '')
    problems.push(
      `${where}: ${key}: the environment variable "${name}" is not set; set it where sluice is started`,
    );
  return value;
}
