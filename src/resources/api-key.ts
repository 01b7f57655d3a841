// API keys as data planes are told of them. Types only.

export interface PublishedApiKey {
  /** `$context.identity.apiKeyId` */
  readonly id: string;
  /** SHA-256 of the value, lower-case hex digits: the value itself is not published. */
  readonly valueHash: string;
  readonly enabled: boolean;
  /** `{apiId}/{stage}` of each stage that a usage plan of the key covers. */
  readonly stages: readonly string[];
}
