// What is wrong with a rule, in the words of AWS WAF.

/** What kind of parameter is wrong, of the service's `ParameterExceptionField`. */
export type FirewallField =
  | 'WEB_ACL'
  | 'RULE_GROUP'
  | 'REGEX_PATTERN_SET'
  | 'IP_SET'
  | 'RULE'
  | 'STATEMENT'
  | 'BYTE_MATCH_STATEMENT'
  | 'SQLI_MATCH_STATEMENT'
  | 'XSS_MATCH_STATEMENT'
  | 'SIZE_CONSTRAINT_STATEMENT'
  | 'GEO_MATCH_STATEMENT'
  | 'RATE_BASED_STATEMENT'
  | 'RULE_GROUP_REFERENCE_STATEMENT'
  | 'REGEX_PATTERN_REFERENCE_STATEMENT'
  | 'IP_SET_REFERENCE_STATEMENT'
  | 'MANAGED_RULE_SET_STATEMENT'
  | 'LABEL_MATCH_STATEMENT'
  | 'AND_STATEMENT'
  | 'OR_STATEMENT'
  | 'NOT_STATEMENT'
  | 'IP_ADDRESS'
  | 'FIELD_TO_MATCH'
  | 'SINGLE_HEADER'
  | 'HEADER_MATCH_PATTERN'
  | 'COOKIE_MATCH_PATTERN'
  | 'JSON_MATCH_PATTERN'
  | 'TEXT_TRANSFORMATION'
  | 'CUSTOM_REQUEST_HANDLING'
  | 'CUSTOM_RESPONSE'
  | 'CUSTOM_RESPONSE_BODY'
  | 'CUSTOM_KEYS'
  | 'FORWARDED_IP_CONFIG'
  | 'DEFAULT_ACTION'
  | 'RULE_ACTION'
  | 'OVERRIDE_ACTION'
  | 'ENTITY_LIMIT'
  | 'METRIC_NAME'
  | 'ASSOCIATION_CONFIG'
  | 'ASSOCIABLE_RESOURCE'
  | 'RESOURCE_ARN'
  | 'TAG_KEYS'
  | 'SCOPE_VALUE';

/** A rule that cannot be evaluated: refused where it is configured, and served closed where it was not. */
export class FirewallError extends Error {
  override readonly name = 'FirewallError';
  readonly reason: string;
  readonly field: FirewallField;
  readonly parameter: string;

  constructor(reason: string, field: FirewallField, parameter: string) {
    super(`Error reason: ${reason}, field: ${field}, parameter: ${parameter}`);
    this.reason = reason;
    this.field = field;
    this.parameter = parameter;
  }
}

/** The service's own reasons, dots included. */
export const reasons = {
  exactlyOne: 'You have used none or multiple values for a field that requires exactly one value.',
  missing: 'A required field is missing from the parameter.',
  format: 'The parameter contains formatting that is not valid.',
  option: 'The parameter value is not one of the values that are allowed.',
  reference: 'A reference in your rule statement is not valid.',
  nested: 'The statement cannot stand in this place.',
  duplicatePriority: 'Your list of rules contains two rules with the same priority.',
  duplicateName: 'Your list of rules contains two rules with the same name.',
} as const;

/** For what AWS evaluates and this release does not. */
export const notEvaluated = (what: string, field: FirewallField): FirewallError =>
  new FirewallError(`This release does not evaluate ${what}.`, field, what);
