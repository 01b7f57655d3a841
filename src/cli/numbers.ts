// Numbers on the command line.

import { InvalidArgumentError } from 'commander';

/** For commander: a number within bounds. */
export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
    return value;
  };
}
