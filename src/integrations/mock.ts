// MOCK: no backend. The request template yields JSON with an integer statusCode, which picks the response.

import { configurationError } from '../exchange/configuration-error.ts';
import type { Exchange, IntegrationAnswer } from '../exchange/exchange.ts';
import { memberOfText } from '../mapping/index.ts';
import type { IntegrationKind } from './integration-kind.ts';

export const mock: IntegrationKind = {
  isProxy: false,
  remapsHeaders: false,
  needsBody: (integration) => Object.keys(integration.requestTemplates ?? {}).length > 0,
  check: () => [],
  compile: () => {
    // Most mocks render the same text each time: read it once.
    let lastText = '';
    let lastAnswer: IntegrationAnswer | null = null;
    return (exchange) => {
      const text = exchange.integrationRequest!.body;
      if (typeof text !== 'string') return refuse(exchange);
      if (text !== lastText) {
        const status = statusCodeOf(text);
        lastAnswer = status === null ? null : { selector: String(status), status, headers: [], body: null };
        lastText = text;
      }
      if (lastAnswer === null) return refuse(exchange);
      exchange.integrationAnswer = lastAnswer;
      return undefined;
    };
  },
};

/** Read leniently: `{statusCode: 200}` will do (reference, section 12). */
function statusCodeOf(text: string): number | null {
  const status = memberOfText(text, 'statusCode');
  const number = typeof status === 'string' && /^\d+$/.test(status) ? Number(status) : status;
  return typeof number === 'number' && Number.isInteger(number) ? number : null;
}

function refuse(exchange: Exchange) {
  return configurationError(
    exchange,
    'Unable to parse statusCode. It should be an integer and defined in request template',
  );
}
