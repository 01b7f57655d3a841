// Types of the inputs of IAM (API version 2010-05-08) and of STS (2011-06-15).

import { boolean, integer, list, matching, oneOf, required, string, structure, within } from '../shape.ts';

const nameText = matching('[\\w+=,.@-]+');

export const path = within({ min: 1, max: 512 }, matching('(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)'));
export const pathPrefix = within({ min: 1, max: 512 }, matching('\\u002F[\\u0021-\\u007F]*'));
export const policyPath = within({ min: 1, max: 512 }, matching('((/[A-Za-z0-9\\.,\\+@=_-]+)*)/'));
export const userName = within({ min: 1, max: 64 }, nameText);
export const existingUserName = within({ min: 1, max: 128 }, nameText);
export const groupName = within({ min: 1, max: 128 }, nameText);
export const roleName = within({ min: 1, max: 64 }, nameText);
export const policyName = within({ min: 1, max: 128 }, nameText);
export const arn = within({ min: 20, max: 2048 }, string);
export const policyDocument = within(
  { min: 1, max: 131_072 },
  matching('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'),
);
export const versionId = matching('v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?');
export const policyDescription = within({ max: 1000 }, string);
export const roleDescription = within(
  { max: 1000 },
  matching('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*'),
);
export const maxSessionDuration = within({ min: 3600, max: 43_200 }, integer);
export const accessKeyId = within({ min: 16, max: 128 }, matching('[\\w]+'));
export const keyStatus = oneOf('Active', 'Inactive', 'Expired');
export const policyScope = oneOf('All', 'AWS', 'Local');
export const policyUsage = oneOf('PermissionsPolicy', 'PermissionsBoundary');
export const entityType = oneOf('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy');
export const truth = boolean;

const tagKey = within({ min: 1, max: 128 }, matching('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+'));
const tagValue = within({ min: 0, max: 256 }, matching('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*'));
export const tags = within(
  { max: 50 },
  list(structure({ Key: required(tagKey), Value: required(tagValue) })),
);
export const tagKeys = within({ max: 50 }, list(tagKey));

/** Of every list. */
export const paged = {
  Marker: within({ min: 1, max: 320 }, matching('[\\u0020-\\u00FF]+')),
  MaxItems: within({ min: 1, max: 1000 }, integer),
} as const;

export const sessionName = within({ min: 2, max: 64 }, matching('[\\w+=,.@-]*'));
export const sessionPolicy = within({ min: 1 }, matching('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'));
export const policyArns = list(structure({ arn }));
export const roleSessionSeconds = within({ min: 900, max: 43_200 }, integer);
export const userSessionSeconds = within({ min: 900, max: 129_600 }, integer);
export const externalId = within({ min: 2, max: 1224 }, matching('[\\w+=,.@:\\/-]*'));
export const serialNumber = within({ min: 9, max: 256 }, matching('[\\w+=/:,.@-]*'));
export const tokenCode = within({ min: 6, max: 6 }, matching('[\\d]*'));
export const sourceIdentity = within({ min: 2, max: 64 }, matching('[\\w+=,.@-]*'));
export const providedContexts = within(
  { min: 1, max: 5 },
  list(structure({ ProviderArn: arn, ContextAssertion: within({ min: 4, max: 2048 }, string) })),
);
export const tokenSizeMin = within({ min: 0, max: 4096 }, integer);
