// boto3 against IAM on the management port: users, groups, roles, policies, keys, and how each is refused.

import assert from 'node:assert/strict';
import test from 'node:test';
import { guardedPort, runBoto3 } from '../../support/guarded-port.ts';
import { noAwsClients } from '../../support/management.ts';

const skip = noAwsClients;
const account = '111122223333';

async function holds(t: { after(work: () => unknown): void }, script: string): Promise<void> {
  const port = await guardedPort(t);
  assert.equal(await runBoto3(port, `${script}\nprint('ok')`), 'ok\n');
}

test('IAM: users are made, read, listed, renamed, tagged and removed', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
made = iam.create_user(UserName='ann', Path='/staff/', Tags=[{'Key': 'team', 'Value': 'red = ü'}])['User']
assert re.fullmatch('AIDA[A-Z2-7]{17}', made['UserId']), made
assert made['Arn'] == 'arn:aws:iam::${account}:user/staff/ann' and made['Path'] == '/staff/'
assert made['Tags'] == [{'Key': 'team', 'Value': 'red = ü'}]
got = iam.get_user(UserName='ann')['User']
assert got == made, (got, made)
me = iam.get_user()['User']
assert me['UserName'] == 'admin'
for i in range(5): iam.create_user(UserName=f'u{i}')
assert [u['UserName'] for u in iam.list_users()['Users']] == ['admin', 'ann', 'u0', 'u1', 'u2', 'u3', 'u4']
pages = list(iam.get_paginator('list_users').paginate(PaginationConfig={'PageSize': 3}))
assert [len(p['Users']) for p in pages] == [3, 3, 1], pages
assert pages[0]['IsTruncated'] is True and pages[2]['IsTruncated'] is False
assert [u['UserName'] for u in iam.list_users(PathPrefix='/staff/')['Users']] == ['ann']
iam.tag_user(UserName='ann', Tags=[{'Key': 'Team', 'Value': 'x'}, {'Key': 'b', 'Value': ''}])
assert iam.list_user_tags(UserName='ann')['Tags'] == [{'Key': 'Team', 'Value': 'x'}, {'Key': 'b', 'Value': ''}]
iam.untag_user(UserName='ann', TagKeys=['b'])
iam.create_access_key(UserName='ann')
iam.update_user(UserName='ann', NewUserName='anna', NewPath='/')
assert iam.get_user(UserName='anna')['User']['UserId'] == made['UserId']
assert len(iam.list_access_keys(UserName='anna')['AccessKeyMetadata']) == 1
refused('NoSuchEntity', 404, 'The user with name ann cannot be found.', iam.get_user, UserName='ann')
refused('EntityAlreadyExists', 409, 'User with name ANNA already exists.', iam.create_user, UserName='ANNA')
refused('EntityAlreadyExists', 409, 'User with name u0 already exists.', iam.update_user, UserName='u1', NewUserName='u0')
refused('ValidationError', 400, "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: .*", iam.create_user, UserName='a b')
refused('InvalidInput', 400, 'Duplicate tag keys found.*', iam.create_user, UserName='x', Tags=[{'Key': 'a', 'Value': ''}, {'Key': 'A', 'Value': ''}])
refused('DeleteConflict', 409, 'Cannot delete entity, must delete access keys first.', iam.delete_user, UserName='anna')
refused('NoSuchEntity', 404, 'The user with name eve cannot be found.', iam.delete_user, UserName='eve')
iam.delete_user(UserName='u0')
`,
  ),
);

test('IAM: access keys come and go, two for a user, and a removed one ends at once', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
iam.create_user(UserName='ann')
made = iam.create_access_key(UserName='ann')['AccessKey']
assert re.fullmatch('AKIA[A-Z2-7]{16}', made['AccessKeyId']) and len(made['SecretAccessKey']) == 40
anns = client('sts', made)
who = body(anns.get_caller_identity())
assert who == {'UserId': iam.get_user(UserName='ann')['User']['UserId'], 'Account': '${account}', 'Arn': 'arn:aws:iam::${account}:user/ann'}, who
second = iam.create_access_key(UserName='ann')['AccessKey']
refused('LimitExceeded', 409, 'Cannot exceed quota for AccessKeysPerUser: 2', iam.create_access_key, UserName='ann')
iam.update_access_key(UserName='ann', AccessKeyId=made['AccessKeyId'], Status='Inactive')
told = {k['AccessKeyId']: k['Status'] for k in iam.list_access_keys(UserName='ann')['AccessKeyMetadata']}
assert told == {made['AccessKeyId']: 'Inactive', second['AccessKeyId']: 'Active'}, told
refused('InvalidClientTokenId', 403, 'The security token included in the request is invalid.', anns.get_caller_identity)
iam.update_access_key(UserName='ann', AccessKeyId=made['AccessKeyId'], Status='Active')
anns.get_caller_identity()
assert iam.get_access_key_last_used(AccessKeyId=made['AccessKeyId'])['UserName'] == 'ann'
missing = 'The Access Key with id ' + made['AccessKeyId'] + ' cannot be found.'
refused('NoSuchEntity', 404, missing, iam.delete_access_key, UserName='admin', AccessKeyId=made['AccessKeyId'])
iam.delete_access_key(UserName='ann', AccessKeyId=made['AccessKeyId'])
refused('NoSuchEntity', 404, missing, iam.delete_access_key, UserName='ann', AccessKeyId=made['AccessKeyId'])
refused('InvalidClientTokenId', 403, 'The security token included in the request is invalid.', anns.get_caller_identity)
wrong = {**second, 'SecretAccessKey': 'x' * 40}
refused('SignatureDoesNotMatch', 403, 'The request signature we calculated does not match.*', client('sts', wrong).get_caller_identity)
refused('DeleteConflict', 409, 'Nobody would be left who can do everything.*', iam.delete_access_key, AccessKeyId=key)
`,
  ),
);

test('IAM: managed policies have up to five versions, and what is in use is not removed', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
made = iam.create_policy(PolicyName='reads', PolicyDocument=policy('apigateway:GET'), Description='what it is for', Tags=[{'Key': 'a', 'Value': 'b'}])['Policy']
arn = 'arn:aws:iam::${account}:policy/reads'
assert made['Arn'] == arn and made['DefaultVersionId'] == 'v1' and made['AttachmentCount'] == 0 and made['IsAttachable'] is True, made
got = iam.get_policy(PolicyArn=arn)['Policy']
assert got['Description'] == 'what it is for' and got['Tags'] == [{'Key': 'a', 'Value': 'b'}]
for n in range(2, 6): iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(f'x:A{n}'), SetAsDefault=n == 3)
assert [(v['VersionId'], v['IsDefaultVersion']) for v in iam.list_policy_versions(PolicyArn=arn)['Versions']] == [('v5', False), ('v4', False), ('v3', True), ('v2', False), ('v1', False)]
version = iam.get_policy_version(PolicyArn=arn, VersionId='v3')['PolicyVersion']
assert version['Document']['Statement'][0]['Action'] == 'x:A3', version
refused('LimitExceeded', 409, 'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.', iam.create_policy_version, PolicyArn=arn, PolicyDocument=policy('a:B'))
refused('DeleteConflict', 409, 'Cannot delete the default version of a policy.', iam.delete_policy_version, PolicyArn=arn, VersionId='v3')
iam.delete_policy_version(PolicyArn=arn, VersionId='v5')
assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy('a:B'))['PolicyVersion']['VersionId'] == 'v6'
iam.set_default_policy_version(PolicyArn=arn, VersionId='v1')
refused('NoSuchEntity', 404, f'Policy {arn} version v9 does not exist or is not attachable.', iam.get_policy_version, PolicyArn=arn, VersionId='v9')
refused('EntityAlreadyExists', 409, 'A policy called Reads already exists. Duplicate names are not allowed.', iam.create_policy, PolicyName='Reads', PolicyDocument=policy('a:B'))
refused('MalformedPolicyDocument', 400, 'The policy is not JSON.*', iam.create_policy, PolicyName='p', PolicyDocument='{')
refused('MalformedPolicyDocument', 400, '.*expected "Allow" or "Deny"', iam.create_policy, PolicyName='p', PolicyDocument=policy('a:B', effect='Maybe'))
refused('LimitExceeded', 409, 'Cannot exceed quota for PolicySize: 6144', iam.create_policy, PolicyName='p', PolicyDocument=policy(['a:' + 'b' * 6200]))
iam.create_user(UserName='ann')
iam.attach_user_policy(UserName='ann', PolicyArn=arn)
iam.attach_user_policy(UserName='ann', PolicyArn='arn:aws:iam::aws:policy/service-role/AWSLambdaRole')
assert [p['PolicyName'] for p in iam.list_attached_user_policies(UserName='ann')['AttachedPolicies']] == ['reads', 'AWSLambdaRole']
assert iam.list_entities_for_policy(PolicyArn=arn)['PolicyUsers'][0]['UserName'] == 'ann'
assert [p['Arn'] for p in iam.list_policies(Scope='Local', OnlyAttached=True)['Policies']] == [arn]
assert 'AdministratorAccess' in [p['PolicyName'] for p in iam.list_policies(Scope='AWS')['Policies']]
refused('DeleteConflict', 409, 'Cannot delete a policy attached to entities.', iam.delete_policy, PolicyArn=arn)
refused('DeleteConflict', 409, 'Cannot delete entity, must detach all policies first.', iam.delete_user, UserName='ann')
iam.detach_user_policy(UserName='ann', PolicyArn=arn)
refused('NoSuchEntity', 404, f'Policy {arn} was not found.', iam.detach_user_policy, UserName='ann', PolicyArn=arn)
refused('DeleteConflict', 409, 'This policy has more than one version..*', iam.delete_policy, PolicyArn=arn)
for v in ('v2', 'v3', 'v4', 'v6'): iam.delete_policy_version(PolicyArn=arn, VersionId=v)
iam.delete_policy(PolicyArn=arn)
refused('NoSuchEntity', 404, f'Policy {arn} was not found.', iam.get_policy, PolicyArn=arn)
refused('NoSuchEntity', 404, 'Policy arn:aws:iam::aws:policy/Nope does not exist or is not attachable.', iam.attach_user_policy, UserName='ann', PolicyArn='arn:aws:iam::aws:policy/Nope')
refused('AccessDenied', 403, '.*', iam.delete_policy, PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')
`,
  ),
);

test('IAM: inline policies of users, groups and roles are put, read, listed and removed', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
iam.create_user(UserName='n'); iam.create_group(GroupName='n')
iam.create_role(RoleName='n', AssumeRolePolicyDocument=trust({'Service': 'apigateway.amazonaws.com'}))
for kind in ('user', 'group', 'role'):
    name = {kind.capitalize() + 'Name': 'n'}
    call = lambda verb, plural=False, **more: getattr(iam, f"{verb}_{kind}_{'policies' if plural else 'policy'}")(**name, **more)
    call('put', PolicyName='one', PolicyDocument=policy('a:B+C%20é'.replace('+C%20é', 'C')))
    call('put', PolicyName='two', PolicyDocument=policy('a:*', Condition={'StringLike': {'aws:UserAgent': 'é+% &*'}}))
    assert call('list', True)['PolicyNames'] == ['one', 'two']
    got = body(call('get', PolicyName='two'))
    assert got[kind.capitalize() + 'Name'] == 'n' and got['PolicyName'] == 'two'
    assert got['PolicyDocument'] == json.loads(policy('a:*', Condition={'StringLike': {'aws:UserAgent': 'é+% &*'}})), got
    refused('NoSuchEntity', 404, f'The {kind} policy with name three cannot be found.', getattr(iam, f'get_{kind}_policy'), **name, PolicyName='three')
    refused('MalformedPolicyDocument', 400, '.*', getattr(iam, f'put_{kind}_policy'), **name, PolicyName='x', PolicyDocument='[]')
    refused('LimitExceeded', 409, f'Maximum policy size of 10240 bytes exceeded for {kind} n', getattr(iam, f'put_{kind}_policy'), **name, PolicyName='x', PolicyDocument=policy(['a:' + 'b' * 10200]))
    refused('DeleteConflict', 409, 'Cannot delete entity, must delete policies first.', getattr(iam, f'delete_{kind}'), **name)
    for one in ('one', 'two'): call('delete', PolicyName=one)
    assert call('list', True)['PolicyNames'] == []
    getattr(iam, f'attach_{kind}_policy')(**name, PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')
    assert getattr(iam, f'list_attached_{kind}_policies')(**name)['AttachedPolicies'] == [{'PolicyName': 'ReadOnlyAccess', 'PolicyArn': 'arn:aws:iam::aws:policy/ReadOnlyAccess'}]
    refused('DeleteConflict', 409, 'Cannot delete entity, must detach all policies first.', getattr(iam, f'delete_{kind}'), **name)
    getattr(iam, f'detach_{kind}_policy')(**name, PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')
    getattr(iam, f'delete_{kind}')(**name)
    refused('NoSuchEntity', 404, f'The {kind} with name n cannot be found.', getattr(iam, f'list_{kind}_policies'), **name)
`,
  ),
);

test('IAM: what a group may, its users may, as long as they are in it', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
iam.create_user(UserName='ann')
ann = iam.create_access_key(UserName='ann')['AccessKey']
apis = client('apigateway', ann)
group = iam.create_group(GroupName='readers', Path='/g/')['Group']
assert group['Arn'] == 'arn:aws:iam::${account}:group/g/readers' and re.fullmatch('AGPA[A-Z2-7]{17}', group['GroupId'])
iam.put_group_policy(GroupName='readers', PolicyName='p', PolicyDocument=policy('apigateway:GET'))
denied = 'User: arn:aws:iam::${account}:user/ann is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:GET action'
refused('AccessDeniedException', 403, denied, apis.get_rest_apis)
iam.add_user_to_group(GroupName='readers', UserName='ann')
apis.get_rest_apis()
assert [u['UserName'] for u in iam.get_group(GroupName='readers')['Users']] == ['ann']
assert [g['GroupName'] for g in iam.list_groups_for_user(UserName='ann')['Groups']] == ['readers']
iam.update_group(GroupName='readers', NewGroupName='people')
assert [g['GroupName'] for g in iam.list_groups()['Groups']] == ['people']
apis.get_rest_apis()
refused('DeleteConflict', 409, 'Cannot delete entity, must remove users from group first.', iam.delete_group, GroupName='people')
refused('DeleteConflict', 409, 'Cannot delete entity, must remove users from group first.', iam.delete_user, UserName='ann')
iam.remove_user_from_group(GroupName='people', UserName='ann')
refused('AccessDeniedException', 403, denied, apis.get_rest_apis)
refused('NoSuchEntity', 404, 'The group with name nope cannot be found.', iam.add_user_to_group, GroupName='nope', UserName='ann')
`,
  ),
);

test('IAM: a permissions boundary is what the policies of a user may allow at most', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
bound = iam.create_policy(PolicyName='bound', PolicyDocument=policy('apigateway:GET'))['Policy']['Arn']
iam.create_user(UserName='ann', PermissionsBoundary=bound)
iam.attach_user_policy(UserName='ann', PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')
apis = client('apigateway', iam.create_access_key(UserName='ann')['AccessKey'])
apis.get_rest_apis()
refused('AccessDeniedException', 403, '.*because no identity-based policy allows.*', apis.create_rest_api, name='n')
assert iam.get_user(UserName='ann')['User']['PermissionsBoundary'] == {'PermissionsBoundaryType': 'Policy', 'PermissionsBoundaryArn': bound}
refused('DeleteConflict', 409, 'Cannot delete a policy attached to entities.', iam.delete_policy, PolicyArn=bound)
iam.delete_user_permissions_boundary(UserName='ann')
apis.create_rest_api(name='n')
iam.put_user_permissions_boundary(UserName='ann', PermissionsBoundary=bound)
refused('AccessDeniedException', 403, '.*', apis.create_rest_api, name='n')
`,
  ),
);

test('IAM: administration is delegated by names, paths and condition keys', { skip }, (t) =>
  holds(
    t,
    `
iam = client('iam')
def user(name, *documents, **more):
    iam.create_user(UserName=name, **more)
    for i, document in enumerate(documents): iam.put_user_policy(UserName=name, PolicyName=f'p{i}', PolicyDocument=document)
    return client('iam', iam.create_access_key(UserName=name)['AccessKey'])
own = user('own', policy(['iam:*AccessKey*', 'iam:GetUser'], 'arn:aws:iam::*:user/\${aws:username}'))
own.get_user(); own.list_access_keys(); own.list_access_keys(UserName='own')
refused('AccessDenied', 403, 'User: arn:aws:iam::${account}:user/own is not authorized to perform: iam:ListAccessKeys on resource: arn:aws:iam::${account}:user/admin because no identity-based policy allows the iam:ListAccessKeys action', own.list_access_keys, UserName='admin')
refused('AccessDenied', 403, '.*', own.create_access_key, UserName='admin')
refused('NoSuchEntity', 404, '.*', own.delete_access_key, AccessKeyId=key)
staff = user('chief', policy('iam:*', 'arn:aws:iam::*:user/staff/*'))
iam.create_user(UserName='low', Path='/staff/')
iam.create_user(UserName='high')
staff.create_access_key(UserName='low')
refused('AccessDenied', 403, '.*', staff.create_access_key, UserName='high')
staff.create_user(UserName='made', Path='/staff/')
refused('AccessDenied', 403, '.*', staff.create_user, UserName='made2')
refused('AccessDenied', 403, '.*user/low.*', staff.update_user, UserName='low', NewPath='/')
refused('AccessDenied', 403, '.*', staff.tag_user, UserName='high', Tags=[{'Key': 'a', 'Value': 'b'}])
attacher = user('attacher', policy('iam:AttachUserPolicy'), policy('iam:AttachUserPolicy', effect='Deny', Condition={'ArnLike': {'iam:PolicyARN': 'arn:aws:iam::aws:policy/Administrator*'}}))
attacher.attach_user_policy(UserName='low', PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')
refused('AccessDenied', 403, '.*with an explicit deny.*', attacher.attach_user_policy, UserName='low', PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')
bound = iam.create_policy(PolicyName='bound', PolicyDocument=policy('apigateway:GET'))['Policy']['Arn']
maker = user('maker', policy(['iam:CreateUser', 'iam:PutUserPolicy'], Condition={'StringEquals': {'iam:PermissionsBoundary': bound}}))
refused('AccessDenied', 403, '.*', maker.create_user, UserName='free')
maker.create_user(UserName='held', PermissionsBoundary=bound)
maker.put_user_policy(UserName='held', PolicyName='p', PolicyDocument=policy('*'))
refused('AccessDenied', 403, '.*', maker.put_user_policy, UserName='low', PolicyName='p', PolicyDocument=policy('*'))
tagger = user('tagger', policy('iam:*', Condition={'StringEquals': {'aws:ResourceTag/Team': 'red'}}))
iam.create_user(UserName='red', Tags=[{'Key': 'team', 'Value': 'red'}])
tagger.create_access_key(UserName='red')
refused('AccessDenied', 403, '.*', tagger.create_access_key, UserName='low')
`,
  ),
);

test('IAM: a role is handed to the gateway by those alone who may pass it, wherever its ARN stands', {
  skip,
}, async (t) => {
  await holds(
    t,
    `
arn = 'arn:aws:iam::${account}:role/team/power'
iam = client('iam')
iam.create_role(RoleName='power', Path='/team/', AssumeRolePolicyDocument=trust({'Service': 'apigateway.amazonaws.com'}))
def user(name, *documents):
    iam.create_user(UserName=name)
    for i, document in enumerate(documents): iam.put_user_policy(UserName=name, PolicyName=f'p{i}', PolicyDocument=document)
    return client('apigateway', iam.create_access_key(UserName=name)['AccessKey'])
writes = policy('apigateway:*')
plain = user('plain', writes)
passing = user('passing', writes, policy('iam:PassRole', arn, Condition={'StringEquals': {'iam:PassedToService': 'apigateway.amazonaws.com'}}))
other = user('other', writes, policy('iam:PassRole', arn, Condition={'StringEquals': {'iam:PassedToService': 'lambda.amazonaws.com'}}))
api = plain.create_rest_api(name='n')
at = dict(restApiId=api['id'], resourceId=api['rootResourceId'], httpMethod='GET')
plain.put_method(**at, authorizationType='NONE')
call = dict(**at, type='AWS', integrationHttpMethod='POST', uri='arn:aws:apigateway:us-east-1:sqs:action/ListQueues')
message = f'User: arn:aws:iam::${account}:user/plain is not authorized to perform: iam:PassRole on resource: {arn} because no identity-based policy allows the iam:PassRole action'
refused('AccessDeniedException', 403, message, plain.put_integration, **call, credentials=arn)
refused('AccessDeniedException', 403, '.*', other.put_integration, **call, credentials=arn)
passing.put_integration(**call, credentials=arn)
# It may be there tomorrow.
refused('AccessDeniedException', 403, message.replace(arn, arn + '2'), plain.put_integration, **call, credentials=arn + '2')
plain.put_integration(**call, credentials=arn.replace('${account}', '999988887777'))
refused('AccessDeniedException', 403, message, plain.update_integration, **at, patchOperations=[{'op': 'replace', 'path': '/credentials', 'value': arn}])
definition = lambda text: json.dumps({'openapi': '3.0.1', 'info': {'title': 't', 'version': '1'}, 'paths': {'/a': {'get': {'responses': {}, 'x-amazon-apigateway-integration': {'type': 'aws', 'httpMethod': 'POST', 'uri': call['uri'], 'credentials': 'ROLE'}}}}}).replace('ROLE', text).encode()
for text in (arn, arn.replace('/', chr(92) + '/'), arn.replace('role', chr(92) + 'u0072ole')):
    refused('AccessDeniedException', 403, message, plain.import_rest_api, body=definition(text))
    passing.import_rest_api(body=definition(text))
yaml = definition(arn.replace('role', 'r' + chr(92) + 'x6fle')).decode()
refused('AccessDeniedException', 403, message, plain.import_rest_api, body=('# ' + chr(10) + yaml).encode())
plain.put_method(**{**at, 'httpMethod': 'POST'}, authorizationType='NONE')
refused('AccessDeniedException', 403, message, plain.create_authorizer, restApiId=api['id'], name='a', type='TOKEN', identitySource='method.request.header.x', authorizerUri='arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${account}:function:f/invocations', authorizerCredentials=arn)
passing.put_integration(**call, credentials=arn)
plain.update_integration(**at, patchOperations=[{'op': 'replace', 'path': '/timeoutInMillis', 'value': '5000'}])
iam.delete_role(RoleName='power')
plain.put_integration(**call, credentials=arn)
`,
  );
});
