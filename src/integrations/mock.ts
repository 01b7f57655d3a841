// MOCK: no backend. The request template yields JSON with an integer statusCode, which picks the response.

import { configurationError } from '../exchange/configuration-error.ts';
import type { IntegrationKind } from './integration-kind.ts';
import { mockAnswers, noStatusCode } from './mock-answer.ts';

export const mock: IntegrationKind = {
  isProxy: false,
  remapsHeaders: false,
  needsBody: (integration) => Object.keys(integration.requestTemplates ?? {}).length > 0,
  check: () => [],
  compile: () => {
    const answerOf = mockAnswers();
    return (exchange) => {
      const text = exchange.integrationRequest!.body;
      const answer = typeof text === 'string' ? answerOf(text) : null;
      if (answer === null) return configurationError(exchange, noStatusCode);
      exchange.integrationAnswer = answer;
      return undefined;
    };
  },
};
