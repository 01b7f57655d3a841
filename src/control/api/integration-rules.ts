// What the service checks of an integration and of its responses, in its order and its words.
// @see observed behaviour, section 2; data-plane reference, sections 7 and 12

import type { Integration, IntegrationResponse, Method } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { integrationProblems, templateProblems } from '../openapi/integration-checks.ts';
import {
  expressionProblems,
  isMappingTarget,
  mappingError,
  methodParameterRead,
} from '../openapi/parameter-checks.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import type { Context } from './handler.ts';

type TextMap = Readonly<Record<string, string>>;

/** @throws BadRequestException; NotFoundException for a VPC link that is not there */
export function checkIntegration(integration: Integration, method: Method, view: View): void {
  refuseFirst(integrationProblems(integration).map(({ message }) => message));
  checkVpcLink(integration, view);
  for (const [target, expression] of Object.entries(integration.requestParameters ?? {})) {
    if (!isMappingTarget(target, 'request')) throw undeclared(target);
    refuseFirst(expressionProblems(expression, 'request'));
    const read = methodParameterRead(expression);
    if (read !== undefined && !Object.hasOwn(method.requestParameters ?? {}, read)) throw undeclared(read);
  }
  // Templates are not parsed here: the service stores what it cannot run.
  checkTemplates(integration.requestTemplates);
}

/** @throws BadRequestException */
export function checkIntegrationResponse(
  response: IntegrationResponse,
  method: Method,
  { tools }: Pick<Context, 'tools'>,
): void {
  const declared = method.methodResponses?.[response.statusCode]?.responseParameters ?? {};
  for (const [target, expression] of Object.entries(response.responseParameters ?? {})) {
    if (!isMappingTarget(target, 'response') || !Object.hasOwn(declared, target)) throw undeclared(target);
    refuseFirst(expressionProblems(expression, 'response'));
  }
  checkTemplates(response.responseTemplates);
  if (response.selectionPattern) checkPattern(response.selectionPattern, tools);
}

function checkPattern(pattern: string, tools: Context['tools']): void {
  try {
    tools.compileSelectionPattern(pattern);
  } catch {
    throw badRequest(`Invalid selection pattern specified: ${pattern}`);
  }
}

const checkTemplates = (templates: TextMap | undefined): void =>
  refuseFirst(templateProblems(templates ?? {}).map(([, message]) => message));

// A stage variable may hold the id. A load balancer's ARN comes with a VPC link of the second generation, which is
// none of ours.
function checkVpcLink({ connectionType, connectionId = '', integrationTarget }: Integration, view: View) {
  if (connectionType !== 'VPC_LINK' || connectionId.includes('${') || integrationTarget !== undefined) return;
  if (view.get('vpcLink', '', connectionId) === undefined)
    throw notFound('Invalid Vpc Link identifier specified');
}

const undeclared = (parameter: string) =>
  badRequest(mappingError(`Invalid mapping expression parameter specified: ${parameter}`));

function refuseFirst(problems: readonly string[]): void {
  if (problems[0] !== undefined) throw badRequest(problems[0]);
}
