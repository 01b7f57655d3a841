// What a policy is asked.

/** Somebody, by one of the names that a policy may call them. */
export interface PrincipalName {
  readonly type: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';
  /** An ARN, a service such as `apigateway.amazonaws.com`, a provider. */
  readonly id: string;
  /** By this name alone, not as one of an account: who is trusted so needs no policy of their own. */
  readonly isOnlyNamed?: true;
}

export type ContextValue = string | readonly string[];

/** One act that somebody wants to do. */
export interface AccessRequest {
  /** `apigateway:GET` */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Values of condition keys and variables, by name in lower case: `aws:sourceip`. Asked only for what policies name. */
  readonly context: (key: string) => ContextValue | undefined;
  /** All names of who asks; nobody for anonymous requests. Only policies of resources look at it. */
  readonly principals?: readonly PrincipalName[];
}

/** `none`: the policy says nothing of this request. */
export type Decision = 'allow' | 'deny' | 'none';
