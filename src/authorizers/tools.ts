// What authorizers are handed to work with.

import type { Tools } from '../exchange/tools.ts';
import type { Credentials } from './credentials.ts';
import type { Issuers } from './jwt/issuers.ts';

export interface AuthorizerTools
  extends Pick<Tools, 'clock' | 'functions' | 'backends' | 'upstream' | 'signatures' | 'finish'> {
  readonly credentials: Credentials;
  readonly issuers: Issuers;
}
