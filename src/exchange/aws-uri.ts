// The ARNs that AWS and AWS_PROXY integrations name their targets by:
// `arn:{partition}:apigateway:{region}:{subdomain.service|service}:{path|action}/{service_api}`. Pure text.

/** A target, read. Texts may hold `{name}` placeholders, and `${stageVariables.x}` where none were filled. */
export interface AwsUri {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** '' where none is given. */
  readonly region: string;
  /** What stands before the service's host: `my.bucket` of `my.bucket.s3`; null when there is none. */
  readonly subdomain: string | null;
  /** Lower case: `lambda`, `s3`, `dynamodb`. */
  readonly service: string;
  readonly kind: 'path' | 'action';
  /** What follows `path/` or `action/`, query included: `{bucket}/{key}?acl`, `SendMessage&Version=2012-11-05`. */
  readonly rest: string;
}

/** What is wrong with an ARN, in AWS's words. */
export type AwsUriProblem =
  | 'Invalid ARN specified in the request'
  | 'AWS ARN for integration must contain path or action';

const invalid = 'Invalid ARN specified in the request';
const arn = /^arn:([^:]+):apigateway:([^:]*):([^:]+):(.*)$/s;
const partitionText = /^[a-z][a-z0-9-]*$/;
const regionText = /^(?:[A-Za-z0-9-]|\$?\{[^{}]*\})*$/;
const hostText = /^(?:[A-Za-z0-9._-]|\$?\{[^{}]*\})+$/;
const serviceText = /^(?:[A-Za-z0-9-]|\$\{[^{}]*\})+$/;
const notVisible = /[^\x21-\x7e]/;

/**
 * Reads an integration's ARN. Never throws.
 *
 * @param text - stage variables filled, or not (then they stand for any text)
 * @returns the target, or what is wrong with it
 * @see data-plane reference, section 12
 */
export function parseAwsUri(text: string): AwsUri | AwsUriProblem {
  const parts = arn.exec(text);
  if (parts === null || notVisible.test(text)) return invalid;
  const [, partition = '', region = '', host = '', api = ''] = parts;
  if (!partitionText.test(partition) || !regionText.test(region)) return invalid;
  const dot = lastDotOutsideBraces(host);
  const subdomain = dot < 0 ? null : host.slice(0, dot);
  const service = host.slice(dot + 1);
  if (!serviceText.test(service) || (subdomain !== null && !hostText.test(subdomain))) return invalid;
  const slash = api.indexOf('/');
  const kind = api.slice(0, Math.max(slash, 0));
  if (kind !== 'path' && kind !== 'action') return 'AWS ARN for integration must contain path or action';
  const rest = api.slice(slash + 1);
  if (kind === 'action' && rest === '') return invalid;
  const lower = service.includes('$') ? service : service.toLowerCase();
  return { partition, region, subdomain, service: lower, kind, rest };
}

/** `${stageVariables.x}` has a dot of its own. */
function lastDotOutsideBraces(text: string): number {
  const dot = text.lastIndexOf('.');
  if (dot < 0) return -1;
  const open = text.lastIndexOf('{', dot);
  const isInside = open >= 0 && text.indexOf('}', open) > dot;
  return isInside ? lastDotOutsideBraces(text.slice(0, open)) : dot;
}

/** A Lambda function as an integration's ARN names it. */
export interface LambdaReference {
  /** A name, partial ARN or ARN, alias or version included: `arn:aws:lambda:us-east-1:000000000000:function:f:prod`. */
  readonly functionName: string;
  /** Of `?Qualifier=`; null: the name's own. */
  readonly qualifier: string | null;
  /** `response-streaming-invocations`. */
  readonly isStreamed: boolean;
}

const invocations =
  /^\/?(\d{4}-\d{2}-\d{2})\/functions\/([^/?]+)\/(invocations|response-streaming-invocations)\/?(?:\?(.*))?$/;

/** The function that is invoked, or null when the ARN names none. */
export function lambdaReference(uri: AwsUri): LambdaReference | null {
  if (uri.service !== 'lambda' || uri.kind !== 'path' || uri.subdomain !== null) return null;
  const found = invocations.exec(uri.rest);
  if (found === null) return null;
  const functionName = percentDecoded(found[2]!);
  const qualifier = /(?:^|&)Qualifier=([^&]+)/.exec(found[4] ?? '')?.[1];
  return {
    functionName,
    qualifier: qualifier === undefined ? null : percentDecoded(qualifier),
    isStreamed: found[3] === 'response-streaming-invocations',
  };
}

/** As policies name a function, whether its URI does so whole or by its name. @param of - where the name alone does not say */
export function functionArnOf(
  { functionName, qualifier }: Pick<LambdaReference, 'functionName' | 'qualifier'>,
  of: { readonly region: string; readonly accountId: string },
  partition = 'aws',
): string {
  const name = functionName.replace(/^.*function:/, '');
  const arn = functionName.startsWith('arn:')
    ? functionName
    : `arn:${partition}:lambda:${of.region}:${of.accountId}:function:${name}`;
  return qualifier === null ? arn : `${arn}:${qualifier}`;
}

/** Consoles write function ARNs plain, some tools percent-encoded. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
