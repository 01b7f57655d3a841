// undici's errors in our words.

import type { UpstreamFailure } from '../../exchange/upstream.ts';

type Diagnosis = Pick<UpstreamFailure, 'kind' | 'source'>;

const malformed: Diagnosis = { kind: 'malformed', source: 'upstream' };
const closed: Diagnosis = { kind: 'closed', source: 'upstream' };
const tooLarge: Diagnosis = { kind: 'too-large', source: 'upstream' };
const requestBody: Diagnosis = { kind: 'request-body', source: 'downstream' };
const ourselves: Diagnosis = { kind: 'closed', source: 'ourselves' };

/**
 * Says what an error of undici means for a call whose request had begun.
 * @param headSeen - whether the answer's head had been delivered
 */
export function diagnose(error: Error, headSeen: boolean): Diagnosis {
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return tooLarge;
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return requestBody;
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      // The name undici gives to any fault once a length was announced: in the body it can only be a cut.
      return headSeen ? closed : malformed;
    case 'UND_ERR_SOCKET':
      // 100 without our asking, 101: undici gives up on both with these words.
      return error.message === 'bad response' || error.message === 'bad upgrade' ? malformed : closed;
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_ABORTED':
      return ourselves;
    default:
      // Its code (HPE_...) is undefined in undici 8: llhttp's table maps names to numbers, not back.
      return error.name === 'HTTPParserError' && !error.message.includes('EOF') ? malformed : closed;
  }
}
