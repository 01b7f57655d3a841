// Reads answers as cheaply as can be: status, framing, nothing else. One per connection.

/** Tells the end of each answer on a keep-alive connection without pipelining. */
export class AnswerReader {
  /** What has come of an answer that did not arrive in one piece. */
  #partial: Buffer | null = null;

  /** @returns the status when the chunk completes an answer, else 0; -1 when this is not HTTP */
  push(chunk: Buffer): number {
    const bytes = this.#partial === null ? chunk : Buffer.concat([this.#partial, chunk]);
    const status = completeStatus(bytes);
    this.#partial = status === 0 ? bytes : null;
    return status;
  }
}

function completeStatus(bytes: Buffer): number {
  if (bytes.length < 16) return 0;
  if (bytes[0] !== 0x48 || bytes[8] !== 0x20) return -1;
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  const status = (bytes[9]! - 48) * 100 + (bytes[10]! - 48) * 10 + (bytes[11]! - 48);
  const bodyStart = headEnd + 4;
  const length = contentLength(bytes, headEnd);
  if (length >= 0) return bytes.length >= bodyStart + length ? status : 0;
  if (status === 204 || status === 304) return status;
  // Chunked: no trailers among those whom we ask, so the last chunk ends the answer.
  return bytes.length >= bodyStart + 5 && bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'
    ? status
    : 0;
}

/** @returns -1 when there is none */
function contentLength(bytes: Buffer, headEnd: number): number {
  // Everyone writes one of these two; `indexOf` runs natively.
  let at = bytes.indexOf('\r\nContent-Length:');
  if (at < 0 || at > headEnd) at = bytes.indexOf('\r\ncontent-length:');
  if (at < 0 || at > headEnd) return -1;
  let value = 0;
  for (let i = at + 17; i < headEnd; i++) {
    const digit = bytes[i]! - 48;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (bytes[i] !== 0x20) break;
  }
  return value;
}
