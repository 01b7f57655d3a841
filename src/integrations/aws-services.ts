// What sets AWS services apart on the wire: how an action is named, under which version, and who signs for it.
// Facts of the service models that AWS publishes with its SDKs.

/** How `action/X` becomes a request. */
export type ActionProtocol =
  /** `X-Amz-Target: {targetPrefix}.X`, a JSON body. */
  | { readonly kind: 'json'; readonly targetPrefix: string; readonly contentType: string }
  /** `Action=X&Version={version}`; null: the service does not ask for one, or is not known. */
  | { readonly kind: 'query'; readonly version: string | null };

const json10 = 'application/x-amz-json-1.0';
const json11 = 'application/x-amz-json-1.1';
const json = (targetPrefix: string, contentType = json11): ActionProtocol =>
  Object.freeze({ kind: 'json', targetPrefix, contentType });
const query = (version: string | null): ActionProtocol => Object.freeze({ kind: 'query', version });

/** By what stands before `:action/`; `{subdomain}.{service}` where the sub-domain is a part of the name. */
const protocols: ReadonlyMap<string, ActionProtocol> = new Map([
  ['acm', json('CertificateManager')],
  ['api.ecr', json('AmazonEC2ContainerRegistry_V20150921')],
  ['api.sagemaker', json('SageMaker')],
  ['application-autoscaling', json('AnyScaleFrontendService')],
  ['athena', json('AmazonAthena')],
  ['autoscaling', query('2011-01-01')],
  ['cloudformation', query('2010-05-15')],
  ['cloudtrail', json('com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101')],
  ['codebuild', json('CodeBuild_20161006')],
  ['codecommit', json('CodeCommit_20150413')],
  ['codepipeline', json('CodePipeline_20150709')],
  ['cognito-identity', json('AWSCognitoIdentityService')],
  ['cognito-idp', json('AWSCognitoIdentityProviderService')],
  ['comprehend', json('Comprehend_20171127')],
  ['config', json('StarlingDoveService')],
  ['dynamodb', json('DynamoDB_20120810', json10)],
  ['ec2', query('2016-11-15')],
  ['ecs', json('AmazonEC2ContainerServiceV20141113')],
  ['elasticache', query('2015-02-02')],
  ['elasticbeanstalk', query('2010-12-01')],
  ['elasticloadbalancing', query('2015-12-01')],
  ['elasticmapreduce', json('ElasticMapReduce')],
  ['email', query('2010-12-01')],
  ['events', json('AWSEvents')],
  ['firehose', json('Firehose_20150804')],
  ['glue', json('AWSGlue')],
  ['iam', query('2010-05-08')],
  ['ingest.timestream', json('Timestream_20181101', json10)],
  ['kinesis', json('Kinesis_20131202')],
  ['kms', json('TrentService')],
  ['logs', json('Logs_20140328')],
  ['monitoring', query('2010-08-01')],
  ['organizations', json('AWSOrganizationsV20161128')],
  ['query.timestream', json('Timestream_20181101', json10)],
  ['rds', query('2014-10-31')],
  ['redshift', query('2012-12-01')],
  ['redshift-data', json('RedshiftData')],
  ['rekognition', json('RekognitionService')],
  ['sdb', query('2009-04-15')],
  ['secretsmanager', json('secretsmanager')],
  ['servicediscovery', json('Route53AutoNaming_v20170314')],
  ['sns', query('2010-03-31')],
  ['sqs', query('2012-11-05')],
  ['ssm', json('AmazonSSM')],
  ['states', json('AWSStepFunctions', json10)],
  ['streams.dynamodb', json('DynamoDBStreams_20120810', json10)],
  ['sts', query('2011-06-15')],
  ['swf', json('SimpleWorkflowService', json10)],
  ['tagging', json('ResourceGroupsTaggingAPI_20170126')],
  ['textract', json('Textract')],
  ['transcribe', json('Transcribe')],
  ['translate', json('AWSShineFrontendService_20170701')],
]);

const unknownService = query(null);
/** SQS speaks both: which one, the Content-Type that the integration sends says. */
const sqsJson = json('AmazonSQS', json10);

/**
 * @param contentType - that a mapping sets; null when none does
 * @returns Query for services that are not known, as AWS spells their actions in the URI
 */
export function actionProtocol(
  service: string,
  subdomain: string | null,
  contentType: string | null,
): ActionProtocol {
  if (service === 'sqs' && contentType?.toLowerCase().startsWith('application/x-amz-json')) return sqsJson;
  const named = subdomain === null ? undefined : protocols.get(`${subdomain}.${service}`);
  return named ?? protocols.get(service) ?? unknownService;
}

/** Where the name in signatures is not the one in host names. */
const signingNames: ReadonlyMap<string, string> = new Map([
  ['email', 'ses'],
  ['bedrock-runtime', 'bedrock'],
  ['data-ats.iot', 'iotdata'],
  ['data.iot', 'iotdata'],
  ['pinpoint', 'mobiletargeting'],
]);

/** The name that a service goes by in signatures. */
export function signingNameOf(service: string, subdomain: string | null): string {
  const named = subdomain === null ? undefined : signingNames.get(`${subdomain}.${service}`);
  return named ?? signingNames.get(service) ?? service;
}

/** Services with one endpoint for all regions sign for us-east-1. */
const global: ReadonlySet<string> = new Set(['cloudfront', 'iam', 'organizations', 'route53']);

/** The region that a signature is for. */
export const signingRegionOf = (service: string, region: string): string =>
  global.has(service) ? 'us-east-1' : region;
