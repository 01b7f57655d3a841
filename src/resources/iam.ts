// Identities at rest: users, groups, roles, keys and managed policies, with what lets them do things. Types only.

/** What users, groups and roles have alike. */
export interface IamEntity {
  /** `/` or `/division/team/`; absent: `/`. A part of the ARN. */
  readonly path?: string;
  /** ISO 8601. */
  readonly createdDate: string;
  /** Inline policies: name -> document, JSON text. */
  readonly policies: Readonly<Record<string, string>>;
  /** ARNs of managed policies. */
  readonly attachedPolicies?: readonly string[];
}

/** What users and roles have besides. */
export interface IamPrincipal extends IamEntity {
  /** ARN of the managed policy that says what the policies may allow at most. */
  readonly permissionsBoundary?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Somebody who may sign requests. */
export interface IamUser extends IamPrincipal {
  readonly userName: string;
  /** `AIDA...` */
  readonly userId: string;
  /** Names of groups. */
  readonly groups?: readonly string[];
}

export interface IamGroup extends IamEntity {
  readonly groupName: string;
  /** `AGPA...` */
  readonly groupId: string;
}

export interface IamRole extends IamPrincipal {
  readonly roleName: string;
  /** `AROA...`: what sessions name, so that a role made anew has none of the old one's. */
  readonly roleId: string;
  /** The trust policy, JSON text. */
  readonly assumeRolePolicy: string;
  /** ARNs of users and roles of this account in the trust policy -> their ids when it was written. */
  readonly trustedIds?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly maxSessionSeconds: number;
}

/** A managed policy of the account. */
export interface IamPolicy {
  readonly policyName: string;
  /** `ANPA...` */
  readonly policyId: string;
  readonly arn: string;
  readonly path?: string;
  readonly description?: string;
  readonly createdDate: string;
  readonly updatedDate: string;
  readonly defaultVersionId: string;
  /** At most five, oldest first. */
  readonly versions: readonly IamPolicyVersion[];
  /** Of the version that comes next: numbers are not used again. */
  readonly nextVersion: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface IamPolicyVersion {
  /** `v1` */
  readonly versionId: string;
  /** JSON text. */
  readonly document: string;
  readonly createdDate: string;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly userName: string;
  readonly status: 'Active' | 'Inactive';
  readonly createdDate: string;
}
