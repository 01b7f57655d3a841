// Times of signatures: `20240102T030405Z`.

const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Milliseconds since 1970, or NaN. */
function parseTimestamp(text: string): number {
  const match = basic.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match.map(Number) as [number, ...number[]];
  const date = new Date(Date.UTC(year!, month! - 1, day!, hour!, minute!, second!));
  // Date.UTC turns the 32nd into the 1st: such a text is no time.
  const isTime =
    date.getUTCMonth() === month! - 1 && date.getUTCDate() === day! && minute! < 60 && second! < 60;
  return isTime ? date.getTime() : Number.NaN;
}

export function formatTimestamp(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

export interface SignedTime {
  /** `yyyymmddThhmmssZ` */
  readonly timestamp: string;
  readonly signedAtMs: number;
}

/** Requests that come together were mostly signed in the same second. */
let last: SignedTime = { timestamp: '', signedAtMs: Number.NaN };

/** Of `X-Amz-Date` or `Date`: a basic timestamp or an HTTP date. Null when it is neither. */
export function signedTimeOf(field: string): SignedTime | null {
  if (field === last.timestamp) return last;
  const ms = parseTimestamp(field);
  if (!Number.isNaN(ms)) {
    last = { timestamp: field, signedAtMs: ms };
    return last;
  }
  const httpMs = httpDate.test(field) ? Date.parse(field) : Number.NaN;
  return Number.isNaN(httpMs) ? null : { timestamp: formatTimestamp(httpMs), signedAtMs: httpMs };
}

const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
