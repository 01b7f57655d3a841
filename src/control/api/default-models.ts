// The two models that every API made by CreateRestApi begins with, text for text.

import type { Model } from '../../resources/index.ts';

const emptySchema = `{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
}`;
const errorSchema = `{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
}`;

/** @see observed behaviour, section 3 */
export const defaultModels = (newId: (length: number) => string): readonly Model[] => [
  {
    id: newId(6),
    name: 'Empty',
    description: 'This is a default empty schema model',
    schema: emptySchema,
    contentType: 'application/json',
  },
  {
    id: newId(6),
    name: 'Error',
    description: 'This is a default error schema model',
    schema: errorSchema,
    contentType: 'application/json',
  },
];
