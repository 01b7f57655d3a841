// `introspection:` of a configuration file: who is asked about opaque tokens. The client's secret may stand in the file or
// in an environment variable; no message repeats it.

import type { IntrospectionEndpoint } from '../resources/index.ts';
import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { endpointUrl } from './services.ts';
import { choice, integer, text } from './setting.ts';

/** An endpoint, and where its secret is. */
export interface IntrospectionDeclaration extends Omit<IntrospectionEndpoint, 'clientSecret'> {
  /** `introspection.main`, for problems. */
  readonly key: string;
  readonly where: string;
  readonly secret: { readonly text: string } | { readonly variable: string };
}

const endpointName: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  expected: 'letters, digits and . _ - (at most 64), as authorizers then name it',
};

const audiencesMax = 100;

export const introspectionFields = {
  endpoint: endpointUrl({
    means: 'The introspection endpoint: it is sent each token that is not known yet.',
    reason: 'tokens are sent nowhere unless it stands here',
  }),
  clientId: text({
    default: '',
    means: 'Who we are to the endpoint.',
    reason: 'it answers nobody whom it does not know (RFC 7662, section 2.1)',
    expected: 'text without control characters',
    pattern: /^[\x20-\x7e]{1,1024}$/,
  }),
  clientSecret: text({
    default: '',
    means: "Our secret. The file then must not be anybody's to read.",
    reason: 'as clientId',
    expected: 'text, in quotes (what stands there is not shown)',
    pattern: /^[\x20-\x7e]{1,8192}$/,
    isSecret: true,
  }),
  clientSecretVariable: text({
    default: '',
    means: 'Environment variable of the secret, in place of clientSecret.',
    reason: 'a secret need not lie in the file',
    expected: 'the name of an environment variable',
    pattern: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
    isSecret: true,
  }),
  clientAuthentication: choice({
    default: 'basic',
    words: ['basic', 'post'],
    means: 'How we say who we are: in the Authorization field, or in the form.',
    reason: 'every server must take basic (RFC 6749, section 2.3.1)',
  }),
  issuer: text({
    default: null,
    means: 'Answers must be of this issuer.',
    reason: 'an endpoint of one issuer says nothing else',
    expected: 'the issuer as answers name it in iss',
    pattern: /^[\x21-\x7e]{1,2048}$/,
  }),
  timeoutMs: integer({
    default: 3_000,
    unit: 'milliseconds',
    min: 50,
    max: 29_000,
    means: 'Longest time that an answer may take; then the request is refused.',
    reason: 'a caller who waits longer has gone',
  }),
} as const;

const audience = text({
  default: '',
  means: '',
  reason: '',
  expected: 'an audience',
  pattern: /^[\x20-\x7e]{1,2048}$/,
});

const secrets = ['clientSecret', 'clientSecretVariable'] as const;

export function readIntrospection(reader: SectionReader, section: Placed): IntrospectionDeclaration[] {
  return reader.named(section, 'introspection', endpointName).flatMap(({ name, value }) => {
    const members = reader.members(value, [...Object.keys(introspectionFields), 'audiences']);
    if (members === null) return [];
    const given = secrets.filter((one) => members.has(one));
    if (given.length !== 1) {
      const said = given.length === 0 ? 'names no secret' : 'names two secrets';
      reader.tell(value, `${value.key} ${said}; expected clientSecret or clientSecretVariable`);
      return [];
    }
    const { clientSecret, clientSecretVariable, ...fields } = reader.fields(
      value,
      members,
      introspectionFields,
      ['endpoint', 'clientId'],
    );
    const listed = members.get('audiences');
    const audiences =
      listed === undefined
        ? []
        : reader
            .items(listed, `a list of 1 to ${audiencesMax} audiences`, audiencesMax)
            .map((item) => reader.value(audience, item));
    const secret = given[0] === 'clientSecret' ? { text: clientSecret } : { variable: clientSecretVariable };
    return [{ name, key: value.key, where: value.where, ...fields, audiences, secret }];
  });
}
