// Operations of IAM (API version 2010-05-08): users, groups, roles, keys and policies. What they do is in control/iam.

import { asks, does } from '../query/query-api.ts';
import { required } from '../shape.ts';
import * as s from './shapes.ts';

const ofUser = { UserName: required(s.existingUserName) };
const ofGroup = { GroupName: required(s.groupName) };
const ofRole = { RoleName: required(s.roleName) };
const ofPolicy = { PolicyArn: required(s.arn) };
const ofVersion = { ...ofPolicy, VersionId: required(s.versionId) };
/** Of operations whose model has the shorter name. */
const ofNewUser = { UserName: required(s.userName) };
const inline = { PolicyName: required(s.policyName) };
const written = { ...inline, PolicyDocument: required(s.policyDocument) };
const listed = { PathPrefix: s.pathPrefix, ...s.paged };
const attached = { PathPrefix: s.policyPath, ...s.paged };
const boundary = { PermissionsBoundary: required(s.arn) };
const tagged = { Tags: required(s.tags) };
const untagged = { TagKeys: required(s.tagKeys) };

export const iamOperations = {
  CreateUser: does({ Path: s.path, ...ofNewUser, PermissionsBoundary: s.arn, Tags: s.tags }),
  GetUser: asks({ UserName: s.existingUserName }),
  ListUsers: asks(listed),
  UpdateUser: does({ ...ofUser, NewPath: s.path, NewUserName: s.userName }),
  DeleteUser: does(ofUser),
  TagUser: does({ ...ofUser, ...tagged }),
  UntagUser: does({ ...ofUser, ...untagged }),
  ListUserTags: asks({ ...ofUser, ...s.paged }),
  PutUserPermissionsBoundary: does({ ...ofNewUser, ...boundary }),
  DeleteUserPermissionsBoundary: does(ofNewUser),

  CreateAccessKey: does({ UserName: s.existingUserName }),
  ListAccessKeys: asks({ UserName: s.existingUserName, ...s.paged }),
  UpdateAccessKey: does({
    UserName: s.existingUserName,
    AccessKeyId: required(s.accessKeyId),
    Status: required(s.keyStatus),
  }),
  DeleteAccessKey: does({ UserName: s.existingUserName, AccessKeyId: required(s.accessKeyId) }),
  GetAccessKeyLastUsed: asks({ AccessKeyId: required(s.accessKeyId) }),

  CreateGroup: does({ Path: s.path, ...ofGroup }),
  GetGroup: asks({ ...ofGroup, ...s.paged }),
  ListGroups: asks(listed),
  UpdateGroup: does({ ...ofGroup, NewPath: s.path, NewGroupName: s.groupName }),
  DeleteGroup: does(ofGroup),
  AddUserToGroup: does({ ...ofGroup, ...ofUser }),
  RemoveUserFromGroup: does({ ...ofGroup, ...ofUser }),
  ListGroupsForUser: asks({ ...ofUser, ...s.paged }),

  CreateRole: does({
    Path: s.path,
    ...ofRole,
    AssumeRolePolicyDocument: required(s.policyDocument),
    Description: s.roleDescription,
    MaxSessionDuration: s.maxSessionDuration,
    PermissionsBoundary: s.arn,
    Tags: s.tags,
  }),
  GetRole: asks(ofRole),
  ListRoles: asks(listed),
  UpdateRole: does({ ...ofRole, Description: s.roleDescription, MaxSessionDuration: s.maxSessionDuration }),
  UpdateRoleDescription: does({ ...ofRole, Description: required(s.roleDescription) }),
  UpdateAssumeRolePolicy: does({ ...ofRole, PolicyDocument: required(s.policyDocument) }),
  DeleteRole: does(ofRole),
  TagRole: does({ ...ofRole, ...tagged }),
  UntagRole: does({ ...ofRole, ...untagged }),
  ListRoleTags: asks({ ...ofRole, ...s.paged }),
  PutRolePermissionsBoundary: does({ ...ofRole, ...boundary }),
  DeleteRolePermissionsBoundary: does(ofRole),
  ListInstanceProfilesForRole: asks({ ...ofRole, ...s.paged }),

  CreatePolicy: does({
    PolicyName: required(s.policyName),
    Path: s.policyPath,
    PolicyDocument: required(s.policyDocument),
    Description: s.policyDescription,
    Tags: s.tags,
  }),
  GetPolicy: asks(ofPolicy),
  ListPolicies: asks({
    Scope: s.policyScope,
    OnlyAttached: s.truth,
    PathPrefix: s.policyPath,
    PolicyUsageFilter: s.policyUsage,
    ...s.paged,
  }),
  DeletePolicy: does(ofPolicy),
  CreatePolicyVersion: does({
    ...ofPolicy,
    PolicyDocument: required(s.policyDocument),
    SetAsDefault: s.truth,
  }),
  GetPolicyVersion: asks(ofVersion),
  ListPolicyVersions: asks({ ...ofPolicy, ...s.paged }),
  DeletePolicyVersion: does(ofVersion),
  SetDefaultPolicyVersion: does(ofVersion),
  ListEntitiesForPolicy: asks({
    ...ofPolicy,
    EntityFilter: s.entityType,
    PathPrefix: s.path,
    PolicyUsageFilter: s.policyUsage,
    ...s.paged,
  }),
  TagPolicy: does({ ...ofPolicy, ...tagged }),
  UntagPolicy: does({ ...ofPolicy, ...untagged }),
  ListPolicyTags: asks({ ...ofPolicy, ...s.paged }),

  PutUserPolicy: does({ ...ofUser, ...written }),
  GetUserPolicy: asks({ ...ofUser, ...inline }),
  ListUserPolicies: asks({ ...ofUser, ...s.paged }),
  DeleteUserPolicy: does({ ...ofUser, ...inline }),
  PutGroupPolicy: does({ ...ofGroup, ...written }),
  GetGroupPolicy: asks({ ...ofGroup, ...inline }),
  ListGroupPolicies: asks({ ...ofGroup, ...s.paged }),
  DeleteGroupPolicy: does({ ...ofGroup, ...inline }),
  PutRolePolicy: does({ ...ofRole, ...written }),
  GetRolePolicy: asks({ ...ofRole, ...inline }),
  ListRolePolicies: asks({ ...ofRole, ...s.paged }),
  DeleteRolePolicy: does({ ...ofRole, ...inline }),

  AttachUserPolicy: does({ ...ofNewUser, ...ofPolicy }),
  DetachUserPolicy: does({ ...ofNewUser, ...ofPolicy }),
  ListAttachedUserPolicies: asks({ ...ofNewUser, ...attached }),
  AttachGroupPolicy: does({ ...ofGroup, ...ofPolicy }),
  DetachGroupPolicy: does({ ...ofGroup, ...ofPolicy }),
  ListAttachedGroupPolicies: asks({ ...ofGroup, ...attached }),
  AttachRolePolicy: does({ ...ofRole, ...ofPolicy }),
  DetachRolePolicy: does({ ...ofRole, ...ofPolicy }),
  ListAttachedRolePolicies: asks({ ...ofRole, ...attached }),

  ListAccountAliases: asks(s.paged),
  GetAccountSummary: asks({}),
} as const;

export type IamOperationName = keyof typeof iamOperations;
