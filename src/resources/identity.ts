// Who may sign requests to what the data planes serve: @connections, topics, methods with AWS_IAM. Types only.

export interface PublishedIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `arn:aws:iam::000000000000:user/name` */
  readonly arn: string;
  /** `AIDA...` */
  readonly userId: string;
  readonly userName: string;
  /** Identity policies, JSON texts: inline, managed, and those of groups. */
  readonly policies: readonly string[];
  /** JSON text of the policy that says what the others may allow at most. */
  readonly boundary?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A role of the account: sessions name it, and have what it has at the time of each request. */
export interface PublishedRole {
  readonly arn: string;
  /** `AROA...` */
  readonly roleId: string;
  readonly roleName: string;
  readonly policies: readonly string[];
  readonly boundary?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether it lets `apigateway.amazonaws.com` assume it: integrations may then be called in its name. */
  readonly trustsGateway: boolean;
}

/** What temporary credentials are sealed with. */
export interface SessionKey {
  readonly id: string;
  /** 32 bytes, base64. */
  readonly key: string;
  readonly createdDate: string;
}
