// What AWS checks of HTTP and HTTP_PROXY integrations when they are configured.

import type { Integration } from '../resources/index.ts';
import { IntegrationError } from './integration-kind.ts';
import { compileUri } from './uri.ts';

const anyStageVariable = /\$\{stageVariables\.[A-Za-z0-9_]+\}/g;

/** @returns problems in AWS's words (data-plane reference, section 12) */
export function checkHttp(integration: Integration): readonly string[] {
  const problems: string[] = [];
  if ((integration.httpMethod ?? '') === '')
    problems.push('Enumeration value for HttpMethod must be non-empty');
  try {
    // Stage variables are known only per stage: any text that is valid as a host stands for them here.
    compileUri((integration.uri ?? '').replace(anyStageVariable, 'example.com'), {});
  } catch (error) {
    if (!(error instanceof IntegrationError)) throw error;
    problems.push('Invalid HTTP endpoint specified for URI');
  }
  return problems;
}
