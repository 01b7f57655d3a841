// The string formats that API Gateway's validator checks. A format it does not know is ignored.
// Each check is one pass over the text: a format must not be a way to hang the process.

/** What a format refuses, in the validator's words, after `string "..." `. */
export interface StringFormat {
  readonly check: (text: string) => boolean;
  readonly refusal: string;
}

const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,20})?([Zz]|([+-])(\d\d):(\d\d))$/;

function isDateTime(text: string): boolean {
  const found = dateTime.exec(text);
  if (found === null) return false;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as number[];
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysOf(year!, month!)) return false;
  const offsetHour = Number(found[10] ?? 0);
  const offsetMinute = Number(found[11] ?? 0);
  if (hour! > 23 || minute! > 59 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second! < 60) return true;
  // A leap second exists only at 23:59:60 UTC.
  const sign = found[9] === '-' ? 1 : -1;
  const utcMinutes = hour! * 60 + minute! + sign * (offsetHour * 60 + offsetMinute);
  return second === 60 && (utcMinutes + 1440) % 1440 === 1439;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isIpv4(text: string): boolean {
  const parts = text.length > 15 ? [] : text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [at, part] of parts.entries()) {
      const isLast = index === halves.length - 1 && at === parts.length - 1;
      if (isLast && part.includes('.')) {
        if (!isIpv4(part)) return false;
        groups += 2;
      } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

function isHostname(text: string): boolean {
  if (text.length > 253) return false;
  return text.split('.').every((label) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > 1024) return false;
  return isMailbox(text.slice(0, at)) && isMailDomain(text.slice(at + 1));
}

function isMailbox(local: string): boolean {
  if (local.startsWith('"')) return local.length > 2 && /^"[^"\\\r\n]*"$/.test(local);
  return /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/.test(local.replaceAll(/(?<=[^.])\.(?=[^.])/g, ''));
}

function isMailDomain(domain: string): boolean {
  if (!domain.startsWith('[') || !domain.endsWith(']')) return isHostname(domain);
  const address = domain.slice(1, -1);
  return /^ipv6:/i.test(address) ? isIpv6(address.slice(5)) : isIpv4(address);
}

function isUri(text: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return false;
  if (!/^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/.test(text)) return false;
  const rest = text.slice(text.indexOf(':') + 1);
  const fragmentAt = rest.indexOf('#');
  if (fragmentAt >= 0 && rest.indexOf('#', fragmentAt + 1) >= 0) return false;
  const authority = rest.startsWith('//') ? rest.slice(2).split(/[/?#]/, 1)[0]! : '';
  if (/[[\]]/.test(rest.slice(authority === '' ? 0 : authority.length + 2))) return false;
  return isAuthority(authority);
}

function isAuthority(authority: string): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (authority.lastIndexOf('@') !== authority.indexOf('@')) return false;
  if (/[[\]]/.test(authority.slice(0, authority.length - host.length))) return false;
  const literal = /^\[([^\]]*)\](:\d*)?$/.exec(host);
  if (literal !== null) return isIpv6(literal[1]!) || /^v[0-9A-Fa-f]+\.[^[\]]+$/i.test(literal[1]!);
  return /^[^:[\]]*(:\d*)?$/.test(host);
}

/** The formats of JSON Schema draft 4, by name. */
export const stringFormats: Readonly<Record<string, StringFormat>> = {
  'date-time': {
    check: isDateTime,
    refusal:
      'is invalid against requested date format(s) ["yyyy-MM-dd\'T\'HH:mm:ssZ", "yyyy-MM-dd\'T\'HH:mm:ss.[0-9]{1,12}Z"]',
  },
  email: { check: isEmail, refusal: 'is not a valid email address' },
  hostname: { check: isHostname, refusal: 'is not a valid hostname' },
  ipv4: { check: isIpv4, refusal: 'is not a valid IPv4 address' },
  ipv6: { check: isIpv6, refusal: 'is not a valid IPv6 address' },
  uri: { check: isUri, refusal: 'is not a valid URI' },
};
