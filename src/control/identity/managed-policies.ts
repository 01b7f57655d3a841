// Managed policies: those of the account, and those of AWS that make sense here, under AWS's own names and ARNs.

import type { IamPolicy } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';

type Statement = readonly [action: string | readonly string[], resource?: string];

const allow = (...statements: readonly Statement[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(([Action, Resource = '*']) => ({ Effect: 'Allow', Action, Resource })),
  });

const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/** Name with its path below `policy/` -> document. What they let do of services that are not here changes nothing. */
const documents: Readonly<Record<string, string>> = {
  AdministratorAccess: allow(['*']),
  PowerUserAccess: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      { Effect: 'Allow', Action: ['iam:ListRoles', 'iam:ListAccountAliases'], Resource: '*' },
    ],
  }),
  ReadOnlyAccess: allow([
    ['apigateway:GET', 'lambda:Get*', 'lambda:List*', 'iam:Get*', 'iam:List*', 'wafv2:Get*', 'wafv2:List*'],
  ]),
  SecurityAudit: allow([['apigateway:GET', 'iam:Get*', 'iam:List*', 'lambda:GetPolicy', 'lambda:List*']]),
  IAMFullAccess: allow(['iam:*']),
  IAMReadOnlyAccess: allow([['iam:Get*', 'iam:List*']]),

  AmazonAPIGatewayAdministrator: allow(['apigateway:*', 'arn:aws:apigateway:*::/*']),
  AmazonAPIGatewayInvokeFullAccess: allow([
    ['execute-api:Invoke', 'execute-api:ManageConnections'],
    'arn:aws:execute-api:*:*:*',
  ]),
  AWSLambda_FullAccess: allow(['lambda:*']),
  AWSLambda_ReadOnlyAccess: allow([['lambda:Get*', 'lambda:List*']]),
  AWSWAFFullAccess: allow([['wafv2:*', 'apigateway:SetWebACL']]),
  AWSWAFReadOnlyAccess: allow([['wafv2:Get*', 'wafv2:List*']]),
  'service-role/AWSLambdaBasicExecutionRole': allow([logs]),
  'service-role/AWSLambdaRole': allow(['lambda:InvokeFunction']),
  'service-role/AWSLambdaVPCAccessExecutionRole': allow([
    [...logs, 'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
  ]),
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': allow([
    [
      ...logs,
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:GetLogEvents',
      'logs:FilterLogEvents',
    ],
  ]),
};

const createdDate = '2015-02-06T18:40:00Z';
const prefix = /^arn:aws(?:-[a-z]+)*:iam::aws:policy\//;

/** As the account's own look; made once, so that what was compiled of one stays. */
const ofAws: ReadonlyMap<string, IamPolicy> = new Map(
  Object.entries(documents).map(([name, document], i) => {
    const slash = name.lastIndexOf('/') + 1;
    const policy: IamPolicy = {
      policyName: name.slice(slash),
      policyId: `ANPASLUICEAWSPOLICY${String(i).padStart(2, '0')}`,
      arn: `arn:aws:iam::aws:policy/${name}`,
      path: `/${name.slice(0, slash)}`,
      createdDate,
      updatedDate: createdDate,
      defaultVersionId: 'v1',
      versions: [{ versionId: 'v1', document, createdDate }],
      nextVersion: 2,
    };
    return [name, policy];
  }),
);

export const awsPolicies = (): readonly IamPolicy[] => [...ofAws.values()];

export const isOfAws = (arn: string): boolean => prefix.test(arn);

/** @returns undefined when there is none of that ARN */
export function managedPolicy(view: View, arn: string): IamPolicy | undefined {
  return isOfAws(arn) ? ofAws.get(arn.replace(prefix, '')) : view.get('iamPolicy', '', arn);
}

export const defaultDocument = ({ versions, defaultVersionId }: IamPolicy): string | undefined =>
  versions.find(({ versionId }) => versionId === defaultVersionId)?.document;
