// Who may sign requests to what the data planes serve: @connections, topics, methods with AWS_IAM. Types only.

export interface PublishedIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `arn:aws:iam::000000000000:user/name` */
  readonly arn: string;
  /** `AIDA...` */
  readonly userId: string;
  readonly userName: string;
  /** Identity policies, JSON texts. */
  readonly policies: readonly string[];
}
