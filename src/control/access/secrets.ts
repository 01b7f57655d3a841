// Ids and secrets in the forms that AWS's tools expect.

import { randomInt } from 'node:crypto';

const capitalsAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const random = (length: number, alphabet: string): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

/** `AKIA` and 16 capitals or digits. */
export const newAccessKeyId = (): string => `AKIA${random(16, capitalsAndDigits)}`;
/** `AIDA` and 17 capitals or digits. */
export const newUserId = (): string => `AIDA${random(17, capitalsAndDigits)}`;
/** 40 characters of base64: 240 bits. */
export const newSecret = (): string => random(40, base64);
/** `AGPA` and 17 capitals or digits. */
export const newGroupId = (): string => `AGPA${random(17, capitalsAndDigits)}`;
/** `AROA` and 17 capitals or digits. */
export const newRoleId = (): string => `AROA${random(17, capitalsAndDigits)}`;
/** `ANPA` and 17 capitals or digits. */
export const newPolicyId = (): string => `ANPA${random(17, capitalsAndDigits)}`;
