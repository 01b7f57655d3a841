// What tags may be, and the tag that fixes an id.

import { badRequest, conflict } from '../protocol/exceptions.ts';
import type { Context } from './handler.ts';

export type Tags = Readonly<Record<string, string>>;

const tagsMax = 50;
const keyCharactersMax = 128;
const valueCharactersMax = 256;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** A create whose tags have this one gets its value as id, so that URLs stay the same. */
const customIdTag = '_custom_id_';

/**
 * Refuses tags that the service does not take; all tags that a resource would then have are given.
 * @throws BadRequestException
 * @see API Gateway API Reference, TagResource
 */
export function checkTags(tags: Tags | undefined): void {
  const entries = Object.entries(tags ?? {});
  if (entries.length > tagsMax) throw badRequest(`The number of tags exceeds the maximum of ${tagsMax}`);
  for (const [key, value] of entries) {
    if (key === '' || key.length > keyCharactersMax)
      throw badRequest(`Tag keys must have between 1 and ${keyCharactersMax} characters`);
    if (/^aws:/i.test(key)) throw badRequest(`Tag keys must not start with aws: ${key}`);
    if (value.length > valueCharactersMax)
      throw badRequest(`Tag values can have at most ${valueCharactersMax} characters: ${key}`);
    if (!allowed.test(key) || !allowed.test(value))
      throw badRequest(`Tags can hold letters, digits, spaces and _.:/=+-@ only: ${key}`);
  }
}

/**
 * The id of what is being created: the one that its tags ask for, else a new one.
 *
 * @param length - of a new one
 * @throws BadRequestException for an id of other characters; ConflictException when it is taken
 */
export function idFor(
  tags: Tags | undefined,
  length: number,
  isTaken: (id: string) => boolean,
  { newId }: Pick<Context, 'newId'>,
): string {
  const wanted = tags?.[customIdTag];
  if (wanted === undefined) return freshId(length, isTaken, { newId });
  if (!/^[a-zA-Z0-9_-]+$/.test(wanted)) {
    throw badRequest(`The tag ${customIdTag} must match [a-zA-Z0-9-_]+: ${wanted}`);
  }
  if (isTaken(wanted)) throw conflict(`The id ${wanted} is already in use`);
  return wanted;
}

/** A new id that is not taken. */
export function freshId(
  length: number,
  isTaken: (id: string) => boolean,
  { newId }: Pick<Context, 'newId'>,
): string {
  for (;;) {
    const id = newId(length);
    if (!isTaken(id)) return id;
  }
}
