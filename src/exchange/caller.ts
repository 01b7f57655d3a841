// Who signed a request, as `$context.identity` tells it.

export interface Caller {
  /** `$context.identity.accessKey` */
  readonly accessKeyId: string;
  /** `$context.identity.accountId`: of the caller's account. */
  readonly accountId: string;
  /** `$context.identity.caller` and `.user`: `AIDA...` */
  readonly userId: string;
  /** `$context.identity.userArn` */
  readonly arn: string;
  readonly userName: string;
}
