// Values of patch operations are always texts: what they mean where no resource has a rule of its own.

import { badRequest } from '../protocol/exceptions.ts';

/** What is no boolean counts as false, as the service has it. */
export const truth = (value: string | undefined): boolean => value?.toLowerCase() === 'true';

/** An empty text takes the member away. */
export const textOrNothing = (value: string | undefined): string | undefined =>
  value === '' ? undefined : value;

/** One of a few texts. */
export const choice =
  <V extends string>(path: string, values: readonly V[]) =>
  (value: string | undefined): V => {
    const found = values.find((one) => one === value);
    if (found !== undefined) return found;
    throw badRequest(
      `Invalid value '${value ?? ''}' specified for ${path}. Must be one of: [${values.join(', ')}]`,
    );
  };

/** The same, where an empty text takes the member away. */
export const choiceOrNothing = <V extends string>(path: string, values: readonly V[]) => {
  const read = choice(path, values);
  return (value: string | undefined): V | undefined => (value ? read(value) : undefined);
};

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
