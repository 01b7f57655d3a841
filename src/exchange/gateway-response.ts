// The table of gateway responses: every refusal that the gateway itself can give, with AWS's own status, text
// and error type. A refusal on the data plane is one of these frozen values, never a thrown error.

/** @see data-plane reference, section 17 (its column of error types wins over other lists). */
export type GatewayResponseType =
  | 'ACCESS_DENIED'
  | 'API_CONFIGURATION_ERROR'
  | 'AUTHORIZER_CONFIGURATION_ERROR'
  | 'AUTHORIZER_FAILURE'
  | 'BAD_REQUEST_BODY'
  | 'BAD_REQUEST_PARAMETERS'
  | 'DEFAULT_4XX'
  | 'DEFAULT_5XX'
  | 'EXPIRED_TOKEN'
  | 'INTEGRATION_FAILURE'
  | 'INTEGRATION_TIMEOUT'
  | 'INVALID_API_KEY'
  | 'INVALID_SIGNATURE'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'QUOTA_EXCEEDED'
  | 'REQUEST_TOO_LARGE'
  | 'RESOURCE_NOT_FOUND'
  | 'THROTTLED'
  | 'UNAUTHORIZED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'WAF_FILTERED';

/** One way to refuse a request. Details of the single case (`$context.error.*`) sit on the Exchange. */
export interface Failure {
  readonly type: GatewayResponseType;
  /** Status when nothing is customised. */
  readonly status: number;
  /** `$context.error.message`; null prints as JSON null. An Exchange's own message wins. */
  readonly message: string | null;
  /** Value of `x-amzn-ErrorType`. */
  readonly errorType: string;
  /** AWS prints `{"message": "..."}` for errors of the execution phase, `{"message":"..."}` for earlier ones. */
  readonly spaced: boolean;
  /** `Message` for access denials, else `message`. */
  readonly bodyKey: 'message' | 'Message';
}

function failure(
  type: GatewayResponseType,
  status: number,
  message: string | null,
  errorType: string,
  spaced = false,
  bodyKey: 'message' | 'Message' = 'message',
): Failure {
  return Object.freeze({ type, status, message, errorType, spaced, bodyKey });
}

/** The refusals, ready made: phases return these very objects. */
export const failures = Object.freeze({
  accessDenied: failure(
    'ACCESS_DENIED',
    403,
    'User is not authorized to access this resource',
    'AccessDeniedException',
    false,
    'Message',
  ),
  configurationError: failure(
    'API_CONFIGURATION_ERROR',
    500,
    'Internal server error',
    'InternalServerErrorException',
    true,
  ),
  authorizerConfigurationError: failure(
    'AUTHORIZER_CONFIGURATION_ERROR',
    500,
    null,
    'AuthorizerConfigurationException',
  ),
  authorizerFailure: failure('AUTHORIZER_FAILURE', 500, null, 'AuthorizerFailureException'),
  badRequestBody: failure('BAD_REQUEST_BODY', 400, 'Invalid request body', 'BadRequestException', true),
  badRequestParameters: failure(
    'BAD_REQUEST_PARAMETERS',
    400,
    'Missing required request parameters: []',
    'BadRequestException',
    true,
  ),
  /** A body mapping that needs JSON met something else (reference, section 7). */
  invalidJsonBody: failure(
    'BAD_REQUEST_BODY',
    400,
    'Invalid JSON in request body',
    'BadRequestException',
    true,
  ),
  /** Our own fault: a bug that the outermost frame caught. */
  internal: failure('DEFAULT_5XX', 500, 'Internal server error', 'InternalServerErrorException', true),
  expiredToken: failure(
    'EXPIRED_TOKEN',
    403,
    'The security token included in the request is expired',
    'ExpiredTokenException',
  ),
  integrationFailure: failure(
    'INTEGRATION_FAILURE',
    504,
    'Network error communicating with endpoint',
    'InternalServerErrorException',
    true,
  ),
  /** Of a service that is not reached as an HTTP endpoint (reference, section 12). */
  serviceFailure: failure(
    'INTEGRATION_FAILURE',
    500,
    'Internal server error',
    'InternalServerErrorException',
    true,
  ),
  integrationTimeout: failure(
    'INTEGRATION_TIMEOUT',
    504,
    'Endpoint request timed out',
    'InternalServerErrorException',
    true,
  ),
  invalidApiKey: failure('INVALID_API_KEY', 403, 'Forbidden', 'ForbiddenException'),
  invalidSignature: failure('INVALID_SIGNATURE', 403, null, 'InvalidSignatureException'),
  /** Something stands where a signature should, and cannot be read as one. */
  incompleteSignature: failure('INVALID_SIGNATURE', 403, null, 'IncompleteSignatureException'),
  /** Nobody has the access key that a signature names. */
  unrecognizedClient: failure(
    'INVALID_SIGNATURE',
    403,
    'The security token included in the request is invalid.',
    'UnrecognizedClientException',
  ),
  missingAuthenticationToken: failure(
    'MISSING_AUTHENTICATION_TOKEN',
    403,
    'Missing Authentication Token',
    'MissingAuthenticationTokenException',
  ),
  quotaExceeded: failure('QUOTA_EXCEEDED', 429, 'Limit Exceeded', 'LimitExceededException'),
  requestTooLarge: failure(
    'REQUEST_TOO_LARGE',
    413,
    'HTTP content length exceeded 10485760 bytes.',
    'RequestTooLargeException',
  ),
  resourceNotFound: failure('RESOURCE_NOT_FOUND', 404, 'Not Found', 'NotFoundException'),
  throttled: failure('THROTTLED', 429, 'Too Many Requests', 'TooManyRequestsException'),
  unauthorized: failure('UNAUTHORIZED', 401, 'Unauthorized', 'UnauthorizedException'),
  /** Of a user pool's token (auth reference, section 4). */
  expiredIdentityToken: failure(
    'EXPIRED_TOKEN',
    401,
    'The incoming token has expired',
    'UnauthorizedException',
  ),
  /** An authorizer cannot be asked of it (auth reference, section 3.4). */
  methodArnTooLong: failure('DEFAULT_4XX', 414, 'Request-URI Too Long', 'RequestTooLongException'),
  unsupportedMediaType: failure(
    'UNSUPPORTED_MEDIA_TYPE',
    415,
    'Unsupported Media Type',
    'BadRequestException',
    true,
  ),
  /** The backend's answer is above 10 MB (reference, section 5). */
  responseTooLarge: failure(
    'INTEGRATION_FAILURE',
    500,
    'Internal server error',
    'InternalServerErrorException',
    true,
  ),
  /** A function failed, or answered what is no answer of a proxy function (reference, section 14). */
  functionFailure: failure(
    'INTEGRATION_FAILURE',
    502,
    'Internal server error',
    'InternalServerErrorException',
    true,
  ),
  /** A body that we take and the integration does not: a function's event may have 6 MB. */
  eventTooLarge: failure('REQUEST_TOO_LARGE', 413, 'Request Too Long', 'RequestTooLargeException'),
  /** Sluice's own: the template pool's queue is full. AWS has no such type; customised by DEFAULT_5XX. */
  overloaded: failure('DEFAULT_5XX', 503, 'Service Unavailable', 'ServiceUnavailableException', true),
  wafFiltered: failure('WAF_FILTERED', 403, 'Forbidden', 'ForbiddenException'),
} as const);

/** Default status of every customisable type, in AWS's order of names; DEFAULT_4XX and DEFAULT_5XX have none. */
export const gatewayResponseStatuses: Readonly<Record<GatewayResponseType, number | null>> = Object.freeze({
  ACCESS_DENIED: 403,
  API_CONFIGURATION_ERROR: 500,
  AUTHORIZER_CONFIGURATION_ERROR: 500,
  AUTHORIZER_FAILURE: 500,
  BAD_REQUEST_BODY: 400,
  BAD_REQUEST_PARAMETERS: 400,
  DEFAULT_4XX: null,
  DEFAULT_5XX: null,
  EXPIRED_TOKEN: 403,
  INTEGRATION_FAILURE: 504,
  INTEGRATION_TIMEOUT: 504,
  INVALID_API_KEY: 403,
  INVALID_SIGNATURE: 403,
  MISSING_AUTHENTICATION_TOKEN: 403,
  QUOTA_EXCEEDED: 429,
  REQUEST_TOO_LARGE: 413,
  RESOURCE_NOT_FOUND: 404,
  THROTTLED: 429,
  UNAUTHORIZED: 401,
  UNSUPPORTED_MEDIA_TYPE: 415,
  WAF_FILTERED: 403,
});
