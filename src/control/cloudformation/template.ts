// Which texts are templates.

/** Whether a text is a template with resources of API Gateway's second version, as JSON or YAML. Never throws. */
export const isV2Template = (text: string): boolean =>
  text.includes('AWS::ApiGatewayV2::') && /^[\s{]*["']?Resources["']?\s*:/m.test(text);
