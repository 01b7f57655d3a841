// Operations of STS (API version 2011-06-15): temporary credentials. What they do is in control/sts.

import * as s from '../iam/shapes.ts';
import { asks } from '../query/query-api.ts';
import { required } from '../shape.ts';

/** None of them changes anything: temporary credentials are kept nowhere. */
export const stsOperations = {
  AssumeRole: asks({
    RoleArn: required(s.arn),
    RoleSessionName: required(s.sessionName),
    PolicyArns: s.policyArns,
    Policy: s.sessionPolicy,
    DurationSeconds: s.roleSessionSeconds,
    Tags: s.tags,
    TransitiveTagKeys: s.tagKeys,
    ExternalId: s.externalId,
    SerialNumber: s.serialNumber,
    TokenCode: s.tokenCode,
    SourceIdentity: s.sourceIdentity,
    ProvidedContexts: s.providedContexts,
    MinimumSessionTokenSize: s.tokenSizeMin,
  }),
  GetCallerIdentity: asks({}),
  GetSessionToken: asks({
    DurationSeconds: s.userSessionSeconds,
    SerialNumber: s.serialNumber,
    TokenCode: s.tokenCode,
    MinimumSessionTokenSize: s.tokenSizeMin,
  }),
  GetAccessKeyInfo: asks({ AccessKeyId: required(s.accessKeyId) }),
} as const;

export type StsOperationName = keyof typeof stsOperations;
