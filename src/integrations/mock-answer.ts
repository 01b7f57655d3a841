// What a mock answers, of a REST or a WebSocket API: the request template yields JSON with an integer statusCode.
// See data-plane reference, section 12.

import type { IntegrationAnswer } from '../exchange/exchange.ts';
import { memberOfText } from '../mapping/index.ts';

/** What the log says of a text without one. */
export const noStatusCode =
  'Unable to parse statusCode. It should be an integer and defined in request template';

const nothing: readonly string[] = Object.freeze([]);

/** @returns what reads the rendered texts of one mock: the answer, or null for a text without a status code */
export function mockAnswers(): (text: string) => IntegrationAnswer | null {
  // Most mocks render the same text each time: read it once.
  let lastText = '';
  let lastAnswer: IntegrationAnswer | null = null;
  return (text) => {
    if (text !== lastText) {
      lastAnswer = answerOf(text);
      lastText = text;
    }
    return lastAnswer;
  };
}

/** Read leniently: `{statusCode: 200}` will do. */
function answerOf(text: string): IntegrationAnswer | null {
  const given = memberOfText(text, 'statusCode');
  const status = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof status !== 'number' || !Number.isInteger(status)) return null;
  return { selector: String(status), status, headers: nothing, body: null };
}
