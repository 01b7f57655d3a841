// The partition of AWS that a region lies in: every ARN names it.

/** `aws`, `aws-cn` or `aws-us-gov`. @see AWS General Reference, "Amazon Resource Names" */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
