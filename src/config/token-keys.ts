// `tokenKeys:` of a configuration file: keys of ours that issuers encrypt tokens for, each in a file as a JWK or a set of them.

import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { file } from './setting.ts';

export interface TokenKeyDeclaration {
  /** `tokenKeys.main`, for problems. */
  readonly key: string;
  readonly where: string;
  /** Absolute. */
  readonly file: string;
}

const keyName: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  expected: 'letters, digits and . _ - (at most 64)',
};

const keyFile = file({
  default: '',
  means: 'File of a private or secret JWK.',
  reason: 'a private key does not lie in the configuration file',
});

export const readTokenKeys = (reader: SectionReader, section: Placed): TokenKeyDeclaration[] =>
  reader.named(section, 'tokenKeys', keyName).map(({ value }) => ({
    key: value.key,
    where: value.where,
    file: reader.value(keyFile, value),
  }));
