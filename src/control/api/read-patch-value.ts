// Values of patch operations, which are text on the wire, as what they stand for.

import { badRequest } from '../protocol/exceptions.ts';

/** Anything but `true`, in whichever case, is false; no value is false too. */
export const truth = (value: string | undefined): boolean => value?.toLowerCase() === 'true';

/** The text; undefined, which takes the member away, for none or an empty one. */
export const textOrNothing = (value: string | undefined): string | undefined =>
  value === '' ? undefined : value;

/** @throws BadRequestException with `message` when the value is no finite number */
export function numberValue(value: string | undefined, message: string): number {
  const isDecimal = value !== undefined && /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value);
  const number = isDecimal ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw badRequest(message);
  return number;
}

/** @throws BadRequestException with `message` when the value is no integer of 32 bits */
export function integerValue(value: string | undefined, message: string): number {
  const number = numberValue(value, message);
  if (!Number.isInteger(number) || Math.abs(number) > 0x7fffffff) throw badRequest(message);
  return number;
}
