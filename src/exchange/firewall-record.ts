// What a web ACL has said of a request, for `$context.waf.*`.

export interface FirewallRecord {
  readonly webAclArn: string;
  /** `$context.wafResponseCode` */
  readonly responseCode: 'WAF_ALLOW' | 'WAF_BLOCK' | null;
  /** `$context.waf.status`: 200, or what the request is refused with. */
  readonly status: number;
  /** `$context.waf.error`; null where it could be evaluated. */
  readonly error: string | null;
  /** Monotonic nanoseconds. */
  readonly endedNs: number;
}
