// AWS: a Lambda function, or any other service, called with what the mappings made.

import { type AwsUri, lambdaReference, parseAwsUri } from '../exchange/aws-uri.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { Integration } from '../resources/index.ts';
import { compileService } from './aws-service.ts';
import { IntegrationError, type IntegrationKind } from './integration-kind.ts';
import { lambdaIntegration } from './lambda.ts';

export const aws: IntegrationKind = {
  isProxy: false,
  remapsHeaders: true,
  needsBody: () => true,
  check: checkAws,
  compile: (integration, route, tools) => {
    const text = withStageVariables(integration.uri ?? '', route.stageVariables);
    const uri = parseAwsUri(text);
    if (typeof uri === 'string') throw new IntegrationError(`${uri}: "${text}"`);
    if (isInvocation(uri)) return lambdaIntegration(integration, route, tools);
    return compileService(integration, uri, route, tools);
  },
};

/** Other operations of Lambda (`path/2015-03-31/functions`) are calls like those of any service. */
const isInvocation = (uri: AwsUri): boolean => lambdaReference(uri) !== null;

/** @returns problems in AWS's words (data-plane reference, section 12) */
function checkAws(integration: Integration): readonly string[] {
  const problems: string[] = [];
  if ((integration.httpMethod ?? '') === '')
    problems.push('Enumeration value for HttpMethod must be non-empty');
  const uri = parseAwsUri(integration.uri ?? '');
  if (typeof uri === 'string') problems.push(uri);
  else if (!isInvocation(uri) && (integration.credentials ?? '') === '')
    problems.push('Role ARN must be specified for AWS integrations');
  return problems;
}
