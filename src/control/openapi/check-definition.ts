// What a deployment asks of a definition: everything that is compiled later must compile now.

import { modelProblems } from '../../models/index.ts';
import type { ApiDefinition, Integration, IntegrationResponse } from '../../resources/index.ts';
import { methodsOf, type PlacedMethod } from './methods-of.ts';
import { expressionProblems, isMappingTarget } from './parameter-checks.ts';
import { type Problem, sortProblems } from './problem.ts';
import { element, type SourceMap } from './source-map.ts';

/** The compilers of the mapping room. Each throws for what it refuses. */
export interface CheckTools {
  /** Throws an error with `line` and `column` (from 1, in the template). */
  readonly compileTemplate: (template: string) => unknown;
  readonly compileSelectionPattern: (pattern: string) => unknown;
}

/**
 * Tells what would go wrong when `definition` is deployed.
 *
 * @param sourceMap - of the text that it was imported from
 * @returns problems in the order of the file; none means that every part of it compiles
 */
export function checkDefinition(
  definition: ApiDefinition,
  sourceMap: SourceMap,
  tools: CheckTools,
): readonly Problem[] {
  const methods = methodsOf(definition);
  const check: Check = { definition, sourceMap, tools };
  const problems = methods.flatMap((placed) => methodProblems(placed, check));
  problems.push(...problemsOfModels(check), ...gatewayResponseProblems(check));
  if (methods.length === 0) {
    problems.push(sourceMap.problem('error', [element.api], "The REST API doesn't contain any methods"));
  }
  return sortProblems(problems);
}

interface Check {
  readonly definition: ApiDefinition;
  readonly sourceMap: SourceMap;
  readonly tools: CheckTools;
}

function problemsOfModels({ definition, sourceMap }: Check): Problem[] {
  const models = definition.models.filter((model) => /json/i.test(model.contentType));
  const found = modelProblems(new Map(models.map((model) => [model.name, model.schema ?? '{}'])));
  return [...found].map(([name, message]) =>
    sourceMap.problem('error', [element.model(name)], `Model "${name}": ${message}`),
  );
}

// AWS stores these unchecked and leaves out what it cannot map, so they are warnings.
function gatewayResponseProblems({ definition, sourceMap }: Check): Problem[] {
  return definition.gatewayResponses.flatMap(({ responseType, responseParameters }) =>
    Object.entries(responseParameters ?? {}).flatMap(([target, expression]) => {
      const isRight =
        isMappingTarget(target, 'gatewayResponse') &&
        expressionProblems(expression, 'gatewayResponse').length === 0;
      if (isRight) return [];
      const message = `Gateway response ${responseType}: the mapping of "${target}" from "${expression}" has no effect`;
      const fix =
        "map gatewayresponse.header.NAME from 'text', context.x, stageVariables.x or method.request.*";
      return [sourceMap.problem('warning', [element.gatewayResponse(responseType)], message, fix)];
    }),
  );
}

function methodProblems(placed: PlacedMethod, check: Check): Problem[] {
  const { resource, verb, method } = placed;
  const { definition, sourceMap } = check;
  const names = [element.method(verb, resource.path), element.resource(resource.path)];
  const problems: Problem[] = [];
  const refuse = (message: string, fix?: string) =>
    problems.push(sourceMap.problem('error', names, message, fix));
  for (const name of Object.values(method.requestModels ?? {})) {
    if (definition.models.some((model) => model.name === name) || name === 'Empty' || name === 'Error')
      continue;
    refuse(`Invalid model identifier specified: ${name}`);
  }
  const { requestValidatorId } = method;
  if (
    requestValidatorId !== undefined &&
    !definition.requestValidators.some(({ id }) => id === requestValidatorId)
  ) {
    refuse('Invalid Request Validator identifier specified');
  }
  const needsAuthorizer =
    method.authorizationType === 'CUSTOM' || method.authorizationType === 'COGNITO_USER_POOLS';
  if (needsAuthorizer && !definition.authorizers.some(({ id }) => id === method.authorizerId)) {
    refuse(
      'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
    );
  }
  if (method.methodIntegration === undefined) {
    refuse(
      'No integration defined for method',
      `add x-amazon-apigateway-integration to ${verb} ${resource.path}`,
    );
    return problems;
  }
  return [...problems, ...integrationProblems(placed, method.methodIntegration, check)];
}

function integrationProblems(placed: PlacedMethod, integration: Integration, check: Check): Problem[] {
  const { resource, verb } = placed;
  const { sourceMap } = check;
  const place = element.integration(verb, resource.path);
  const problems: Problem[] = [];
  for (const [target, expression] of Object.entries(integration.requestParameters ?? {})) {
    for (const message of expressionProblems(expression, 'request')) {
      const name = element.requestParameter(verb, resource.path, target);
      problems.push(sourceMap.problem('error', [name, place], message));
    }
  }
  for (const [type, template] of Object.entries(integration.requestTemplates ?? {})) {
    const name = element.requestTemplate(verb, resource.path, type);
    problems.push(...templateProblem(placed, `mapping template "${type}"`, name, template, check));
  }
  const responses = Object.values(integration.integrationResponses ?? {});
  for (const response of responses) problems.push(...responseProblems(placed, response, check));
  if (integration.type === 'MOCK' && Object.keys(integration.requestTemplates ?? {}).length === 0) {
    const message = `${verb} ${resource.path} will answer 500: a MOCK integration needs a request template that gives a statusCode`;
    const fix = 'add requestTemplates: { application/json: \'{"statusCode": 200}\' }';
    problems.push(sourceMap.problem('warning', [place], message, fix));
  }
  const isProxy = integration.type === 'HTTP_PROXY' || integration.type === 'AWS_PROXY';
  if (!isProxy && responses.length === 0) {
    const message = `${verb} ${resource.path} will answer 500: its integration has no integration response`;
    const fix = 'add responses: { default: { statusCode: "200" } } to the integration';
    problems.push(sourceMap.problem('warning', [place], message, fix));
  }
  return problems;
}

function responseProblems(placed: PlacedMethod, response: IntegrationResponse, check: Check): Problem[] {
  const { resource, verb, method } = placed;
  const { sourceMap, tools } = check;
  const status = response.statusCode;
  const place = [element.response(verb, resource.path, status), element.integration(verb, resource.path)];
  const problems: Problem[] = [];
  if (method.methodResponses?.[status] === undefined) {
    const message = `${verb} ${resource.path} will answer 500 instead of ${status}: the method does not declare the response ${status}`;
    problems.push(sourceMap.problem('warning', place, message, `add ${status} to the operation's responses`));
  }
  if (response.selectionPattern !== undefined && response.selectionPattern !== '') {
    try {
      tools.compileSelectionPattern(response.selectionPattern);
    } catch (error) {
      const message = `The selection pattern "${response.selectionPattern}" is not a regular expression: ${(error as Error).message}`;
      problems.push(sourceMap.problem('error', place, message));
    }
  }
  for (const [target, expression] of Object.entries(response.responseParameters ?? {})) {
    for (const message of expressionProblems(expression, 'response')) {
      const name = element.responseParameter(verb, resource.path, status, target);
      problems.push(sourceMap.problem('error', [name, ...place], message));
    }
  }
  for (const [type, template] of Object.entries(response.responseTemplates ?? {})) {
    const name = element.responseTemplate(verb, resource.path, status, type);
    problems.push(
      ...templateProblem(placed, `response template "${type}" for status ${status}`, name, template, check),
    );
  }
  return problems;
}

function templateProblem(
  { verb, resource }: PlacedMethod,
  what: string,
  name: string,
  template: string,
  { sourceMap, tools }: Check,
): Problem[] {
  try {
    tools.compileTemplate(template);
    return [];
  } catch (error) {
    const { message, line, column } = error as Error & { line?: number; column?: number };
    const text = `Cannot compile ${what} of method "${verb} ${resource.path}": ${message}`;
    return [sourceMap.problemInside('error', name, line ?? 1, column ?? 1, text)];
  }
}
