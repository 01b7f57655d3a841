// The request body that an HTTP_PROXY integration sends on.

import { isUtf8 } from 'node:buffer';
import { mediaTypeOf } from '../base/media-type.ts';
import { badBase64, convertRequestBody } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { BodySource } from '../exchange/upstream.ts';
import type { ContentHandling } from '../resources/index.ts';

/**
 * A collected body is converted as the reference's section 11.1 says. One that was not collected streams on as
 * it is: that differs from AWS only for a body of a text type that is not UTF-8, whose bytes AWS damages.
 */
export function proxyRequestBody(
  exchange: Exchange,
  handling: ContentHandling | undefined,
): string | Uint8Array | BodySource | null | 'bad base64' {
  const bytes = exchange.requestBody;
  if (bytes === null) return exchange.downstream.body;
  const isBinary = exchange.route.isBinary(
    mediaTypeOf(exchange.header('content-type') ?? 'application/json'),
  );
  if (handling === undefined && (isBinary || isUtf8(bytes))) return bytes;
  const converted = convertRequestBody(bytes, isBinary, handling);
  return converted === badBase64 ? 'bad base64' : converted;
}
