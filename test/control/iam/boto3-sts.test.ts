// boto3 against STS on the management port: who is let into a role, for how long, and what the session may do.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type GuardedPort, guardedPort, runBoto3 } from '../../support/guarded-port.ts';
import { noAwsClients } from '../../support/management.ts';

const skip = noAwsClients;
const account = '111122223333';

const setUp = `
iam, sts = client('iam'), client('sts')
def user(name, *documents, **more):
    iam.create_user(UserName=name, **more)
    for i, document in enumerate(documents): iam.put_user_policy(UserName=name, PolicyName=f'p{i}', PolicyDocument=document)
    return iam.create_access_key(UserName=name)['AccessKey']
def role(name, document, *documents, **more):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)['Role']['Arn']
    for i, one in enumerate(documents): iam.put_role_policy(RoleName=name, PolicyName=f'p{i}', PolicyDocument=one)
    return arn
def assume(keys, arn, **more):
    return client('sts', keys).assume_role(**{'RoleArn': arn, 'RoleSessionName': 'here', **more})['Credentials']
def denied(keys, arn, **more):
    who = client('sts', keys).get_caller_identity()['Arn']
    refused('AccessDenied', 403, f'User: {who} is not authorized to perform: sts:[A-Za-z]+ on resource: {arn}', client('sts', keys).assume_role, **{'RoleArn': arn, 'RoleSessionName': 'here', **more})
root = 'arn:aws:iam::${account}:root'
`;

async function holds(t: { after(work: () => unknown): void }, script: string): Promise<GuardedPort> {
  const port = await guardedPort(t);
  assert.equal(await runBoto3(port, `${setUp}${script}\nprint('ok')`), 'ok\n');
  return port;
}

test('STS: a role is assumed, and its session is somebody of its own, with what the role may', {
  skip,
}, async (t) => {
  const { audited, auditText } = await holds(
    t,
    `
arn = role('reader', trust({'AWS': root}), policy('apigateway:GET'), Path='/team/', Description='a <b> & "c"', MaxSessionDuration=7200, Tags=[{'Key': 'a', 'Value': 'b'}])
assert arn == 'arn:aws:iam::${account}:role/team/reader'
got = iam.get_role(RoleName='reader')['Role']
assert got['Description'] == 'a <b> & "c"' and got['MaxSessionDuration'] == 7200 and got['AssumeRolePolicyDocument'] == json.loads(trust({'AWS': root})), got
ann = user('ann', policy('sts:AssumeRole', arn))
answer = client('sts', ann).assume_role(RoleArn=arn, RoleSessionName='alice', DurationSeconds=900)
id = got['RoleId']
assert answer['AssumedRoleUser'] == {'AssumedRoleId': f'{id}:alice', 'Arn': 'arn:aws:sts::${account}:assumed-role/reader/alice'}
keys = answer['Credentials']
assert re.fullmatch('ASIA[A-Z2-7]{16}', keys['AccessKeyId'])
assert body(client('sts', keys).get_caller_identity()) == {'UserId': f'{id}:alice', 'Account': '${account}', 'Arn': 'arn:aws:sts::${account}:assumed-role/reader/alice'}
apis = client('apigateway', keys)
apis.get_rest_apis()
refused('AccessDeniedException', 403, 'User: arn:aws:sts::${account}:assumed-role/reader/alice is not authorized to perform: apigateway:POST .*', apis.create_rest_api, name='n')
unsigned = {**keys, 'SessionToken': None}
refused('UnrecognizedClientException', 403, 'The security token included in the request is invalid.', client('apigateway', unsigned).get_rest_apis)
refused('InvalidClientTokenId', 403, 'The security token included in the request is invalid.', client('iam', {**keys, 'SessionToken': keys['SessionToken'][:-8] + 'AAAAAAA='}).list_users)
`,
  );
  const create = audited().find(({ eventName }) => eventName === 'CreateRestApi');
  const { principalId, ...identity } = create.userIdentity;
  assert.match(String(principalId), /^AROA[A-Z2-7]{17}:alice$/);
  assert.equal(identity.type, 'AssumedRole');
  assert.equal(identity.sessionContext.sessionIssuer.userName, 'reader');
  assert.ok(!/"(SessionToken|SecretAccessKey)":"(?!HIDDEN)/.test(auditText()));
});

test('STS: whom a trust policy lets in, and whose own policies must too', { skip }, async (t) => {
  await holds(
    t,
    `
both = policy('sts:AssumeRole', '*')
bare, allowed, barred = user('bare'), user('allowed', both), user('barred', both, policy('sts:AssumeRole', '*', effect='Deny'))
by_account = role('by-account', trust({'AWS': root}))
by_id = role('by-id', trust({'AWS': '${account}'}))
by_name = role('by-name', trust({'AWS': ['arn:aws:iam::${account}:user/bare', 'arn:aws:iam::${account}:user/barred']}))
for arn in (by_account, by_id):
    assume(allowed, arn); denied(bare, arn); denied(barred, arn)
assume(bare, by_name)
denied(barred, by_name); denied(allowed, by_name)
anyone = role('anyone', trust('*'))
assume(bare, anyone); denied(barred, anyone)
service = role('service', trust({'Service': 'apigateway.amazonaws.com'}))
denied(allowed, service)
but = role('but', json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': root}},
    {'Effect': 'Deny', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': 'arn:aws:iam::${account}:user/allowed'}}]}))
denied(allowed, but)
denied(allowed, 'arn:aws:iam::${account}:role/nobody')
denied(allowed, 'arn:aws:iam::${account}:role/path/by-account')
denied(allowed, 'arn:aws:iam::999999999999:role/by-account')
outside = role('outside', trust({'AWS': root}, Condition={'StringEquals': {'sts:ExternalId': 'agreed'}}))
assume(allowed, outside, ExternalId='agreed'); denied(allowed, outside); denied(allowed, outside, ExternalId='other')
bound = iam.create_policy(PolicyName='bound', PolicyDocument=policy('apigateway:GET'))['Policy']['Arn']
iam.put_user_permissions_boundary(UserName='bare', PermissionsBoundary=bound)
denied(bare, by_name)
`,
  );
});

test('STS: who is made anew under an old name is not whom a role trusted', { skip }, async (t) => {
  await holds(
    t,
    `
ann = user('ann')
arn = role('hers', trust({'AWS': 'arn:aws:iam::${account}:user/ann'}))
assume(ann, arn)
iam.delete_access_key(UserName='ann', AccessKeyId=ann['AccessKeyId'])
iam.delete_user(UserName='ann')
denied(user('ann'), arn)
refused('MalformedPolicyDocument', 400, 'Invalid principal in policy: "AWS":"arn:aws:iam::${account}:user/nobody"', iam.create_role, RoleName='x', AssumeRolePolicyDocument=trust({'AWS': 'arn:aws:iam::${account}:user/nobody'}))
refused('MalformedPolicyDocument', 400, '.*prohibited field Resource.*', iam.create_role, RoleName='x', AssumeRolePolicyDocument=trust('*', Resource='*'))
refused('MalformedPolicyDocument', 400, '.*has no Principal.*', iam.update_assume_role_policy, RoleName='hers', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': 'sts:AssumeRole'}}))
session = role('chained', trust({'AWS': 'arn:aws:iam::${account}:role/hers'}))
refused('EntityAlreadyExists', 409, 'Role with name Hers already exists.', iam.create_role, RoleName='Hers', AssumeRolePolicyDocument=trust('*'))
`,
  );
});

test('STS: session policies, tags and source identities go with a session, also into the next', {
  skip,
}, async (t) => {
  await holds(
    t,
    `
may = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
ann = user('ann', policy(may))
plain = role('plain', trust({'AWS': root}), policy('*'))
tagged = role('tagged', trust({'AWS': root}, may), policy(may), policy('apigateway:*', Condition={'StringEquals': {'aws:PrincipalTag/team': 'red', 'aws:SourceIdentity': 'ann'}}))
read = policy('apigateway:GET')
some = assume(ann, plain, Policy=read)
client('apigateway', some).get_rest_apis()
refused('AccessDeniedException', 403, '.*', client('apigateway', some).create_rest_api, name='n')
refused('AccessDenied', 403, '.*', client('iam', some).list_users)
managed = assume(ann, plain, PolicyArns=[{'arn': 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'}])
client('iam', managed).list_users()
refused('AccessDenied', 403, '.*', client('iam', managed).create_user, UserName='x')
denied(ann, plain, Tags=[{'Key': 'team', 'Value': 'red'}])
denied(ann, plain, SourceIdentity='ann')
told = assume(ann, tagged, Tags=[{'Key': 'team', 'Value': 'red'}], TransitiveTagKeys=['team'], SourceIdentity='ann')
client('apigateway', told).get_rest_apis()
refused('AccessDeniedException', 403, '.*', client('apigateway', assume(ann, tagged)).get_rest_apis)
again = assume(told, tagged, RoleSessionName='again')
client('apigateway', again).get_rest_apis()
refused('InvalidParameterValue', 400, '.*transitive.*', client('sts', told).assume_role, RoleArn=tagged, RoleSessionName='xx', Tags=[{'Key': 'Team', 'Value': 'blue'}])
refused('AccessDenied', 403, '.*', client('sts', told).assume_role, RoleArn=tagged, RoleSessionName='xx', SourceIdentity='bob')
refused('ValidationError', 400, '.*1 hour session limit for roles assumed by role chaining', client('sts', told).assume_role, RoleArn=tagged, RoleSessionName='xx', DurationSeconds=3601)
refused('ValidationError', 400, 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.', client('sts', ann).assume_role, RoleArn=plain, RoleSessionName='xx', DurationSeconds=7200)
refused('MalformedPolicyDocument', 400, '.*', client('sts', ann).assume_role, RoleArn=plain, RoleSessionName='xx', Policy='{}')
refused('PackedPolicyTooLarge', 400, '.*', client('sts', ann).assume_role, RoleArn=plain, RoleSessionName='xx', Policy=policy(['a:' + 'b' * 2100]))
refused('ValidationError', 400, ".*'roleSessionName' failed to satisfy constraint.*", client('sts', ann).assume_role, RoleArn=plain, RoleSessionName='a b')
`,
  );
});

test("STS: a user's own session may what the user may, but not change who may what", { skip }, async (t) => {
  await holds(
    t,
    `
ann = user('ann', policy(['apigateway:*', 'iam:*']))
keys = client('sts', ann).get_session_token()['Credentials']
assert client('sts', keys).get_caller_identity()['Arn'] == 'arn:aws:iam::${account}:user/ann'
client('apigateway', keys).create_rest_api(name='n')
refused('InvalidClientTokenId', 403, 'The security token included in the request is invalid.', client('iam', keys).list_users)
refused('AccessDenied', 403, 'Cannot call GetSessionToken with session credentials', client('sts', keys).get_session_token)
iam.update_access_key(UserName='ann', AccessKeyId=ann['AccessKeyId'], Status='Inactive')
refused('UnrecognizedClientException', 403, '.*', client('apigateway', keys).get_rest_apis)
assert client('sts').get_access_key_info(AccessKeyId=key)['Account'] == '${account}'
refused('AccessDenied', 403, 'MultiFactorAuthentication failed.*', client('sts').get_session_token, SerialNumber='arn:aws:iam::${account}:mfa/x', TokenCode='123456')
`,
  );
});

test('STS: a session ends when its time is over, in the words of each service', { skip }, async (t) => {
  const port = await guardedPort(t);
  const made = await runBoto3(
    port,
    `${setUp}
arn = role('r', trust({'AWS': root}), policy('*'))
keys = assume(None, arn, DurationSeconds=900)
client('apigateway', keys).get_rest_apis()
print(json.dumps(keys, default=str))
`,
  );
  // The client's clock stays where it is: five minutes of difference are allowed, so the session is made to end by its role.
  const { control } = port;
  const { store } = control.services;
  const [sealing] = store.view.list('sessionKey', '');
  const { SessionKeys } = await import('../../../src/base/session-token.ts');
  const keys = JSON.parse(made);
  const { session } = new SessionKeys([sealing!]).open(keys.SessionToken)!;
  assert.equal(session.expiresAt - session.issuedAt, 900);
  const over = new SessionKeys([sealing!]).issue({
    ...session,
    expiresAt: Math.floor(Date.now() / 1000) - 1,
  })!;
  const told = await runBoto3(
    port,
    `
keys = {'AccessKeyId': sys.argv[4], 'SecretAccessKey': sys.argv[5], 'SessionToken': sys.argv[6]}
refused('ExpiredTokenException', 403, 'The security token included in the request is expired', client('apigateway', keys).get_rest_apis)
refused('ExpiredToken', 403, 'The security token included in the request is expired', client('sts', keys).get_caller_identity)
refused('ExpiredToken', 403, 'The security token included in the request is expired', client('iam', keys).list_users)
print('ok')
`,
    over.accessKeyId,
    over.secretAccessKey,
    over.sessionToken,
  );
  assert.equal(told, 'ok\n');
});
