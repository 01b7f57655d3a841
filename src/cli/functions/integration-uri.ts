// The URI by which an API calls a function.

/** @param functionArn - with an alias or without. @see API Gateway Developer Guide, "Set up Lambda proxy integrations" */
export function integrationUri(functionArn: string): string {
  const [, partition, , region] = functionArn.split(':');
  return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
}
