// `roles:` of a configuration file: the keys that role ARNs stand for. Keys may stand in the file, in environment
// variables, or in a file as the AWS tools write it; no message repeats one.

import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { file, type Setting, text } from './setting.ts';

/** A role and where its keys are. */
export interface RoleDeclaration {
  readonly roleArn: string;
  /** `roles."arn:..."`, for problems. */
  readonly key: string;
  readonly where: string;
  readonly source: CredentialSource;
}

export type CredentialSource =
  | { readonly kind: 'keys'; readonly keys: Keys<string> }
  | { readonly kind: 'variables'; readonly names: Keys<string> }
  | { readonly kind: 'file'; readonly file: string; readonly profile: string };

export interface Keys<T> {
  readonly accessKeyId: T;
  readonly secretAccessKey: T;
  readonly sessionToken: T | null;
}

const roleArn: NameRule = {
  pattern: /^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/,
  expected: 'the ARN of a role, in quotes: "arn:aws:iam::000000000000:role/name"',
};

const secret = (what: string): Setting<string> =>
  text({
    default: '',
    means: `${what} that calls under this role are signed with.`,
    reason: 'there is none that would be right for anybody',
    expected: 'text without blanks, in quotes (what stands there is not shown)',
    pattern: /^[\x21-\x7e]{1,8192}$/,
    isSecret: true,
  });

const variable = (what: string): Setting<string> =>
  text({
    default: '',
    means: `Environment variable of ${what}.`,
    reason: 'a key need not lie in the file',
    expected: 'the name of an environment variable',
    pattern: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
    // Who writes the key where its variable's name belongs must not find it in a log.
    isSecret: true,
  });

export const keyFields = {
  accessKeyId: secret('Access key id'),
  secretAccessKey: secret('Secret access key'),
  sessionToken: secret('Session token, if the keys are temporary,'),
} as const;

export const variableFields = {
  accessKeyIdVariable: variable('the access key id'),
  secretAccessKeyVariable: variable('the secret access key'),
  sessionTokenVariable: variable('the session token, if there is one'),
} as const;

export const credentialsFileFields = {
  credentialsFile: file({
    default: '',
    means: 'File with the keys, as the AWS tools write it: ~/.aws/credentials.',
    reason: 'a key need not lie in the file',
  }),
  profile: text({
    default: 'default',
    means: 'Which of its profiles.',
    reason: "the AWS tools' own",
    expected: 'the name of a profile',
    pattern: /^[^\]\r\n]{1,128}$/,
  }),
} as const;

const fieldNames = [keyFields, variableFields, credentialsFileFields].map((fields) => Object.keys(fields));

export function readRoles(reader: SectionReader, section: Placed): RoleDeclaration[] {
  return reader.named(section, 'roles', roleArn).flatMap(({ name, value }) => {
    const members = reader.members(value, fieldNames.flat());
    if (members === null) return [];
    const ways = fieldNames.filter((names) => names.some((one) => members.has(one)));
    if (ways.length !== 1) {
      const said = ways.length === 0 ? 'names no keys' : 'names keys in more than one way';
      reader.tell(
        value,
        `${value.key} ${said}; expected accessKeyId and secretAccessKey, or accessKeyIdVariable and secretAccessKeyVariable, or credentialsFile`,
      );
      return [];
    }
    const source = readSource(reader, value, members, fieldNames.indexOf(ways[0]!));
    return [{ roleArn: name, key: value.key, where: value.where, source }];
  });
}

function readSource(
  reader: SectionReader,
  owner: Placed,
  members: ReadonlyMap<string, Placed>,
  way: number,
): CredentialSource {
  const isTemporary = members.has('sessionToken') || members.has('sessionTokenVariable');
  if (way === 0) {
    const keys = reader.fields(owner, members, keyFields, ['accessKeyId', 'secretAccessKey']);
    return { kind: 'keys', keys: { ...keys, sessionToken: isTemporary ? keys.sessionToken : null } };
  }
  if (way === 1) {
    const required = ['accessKeyIdVariable', 'secretAccessKeyVariable'] as const;
    const given = reader.fields(owner, members, variableFields, required);
    const names = {
      accessKeyId: given.accessKeyIdVariable,
      secretAccessKey: given.secretAccessKeyVariable,
      sessionToken: isTemporary ? given.sessionTokenVariable : null,
    };
    return { kind: 'variables', names };
  }
  const { credentialsFile, profile } = reader.fields(owner, members, credentialsFileFields, [
    'credentialsFile',
  ]);
  return { kind: 'file', file: credentialsFile, profile };
}
