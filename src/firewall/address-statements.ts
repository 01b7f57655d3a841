// Statements about where a request comes from: sets of addresses, countries.

import { AddressSet, addressKey } from './address-set.ts';
import type { CompileContext } from './compile-context.ts';
import { FirewallError, type FirewallField, reasons } from './firewall-error.ts';
import type { Inspection } from './inspection.ts';
import { isGiven, membersOf, optionIn, patterns, textIn, textsIn } from './members.ts';
import type { Test } from './statement.ts';

/** Addresses of one header that are looked at; more of them are a joke, or an attack. */
const forwardedMax = 10;

/** Addresses to be looked at; a boolean where the statement's setting decides; null: there is nothing to look at. */
export type Origin = (inspection: Inspection) => readonly string[] | boolean | null;

const peer: Origin = (inspection) => {
  const address = inspection.address();
  // Who cannot be named is not let through.
  if (address === null) throw new Error('the address of the client is not known');
  return [address];
};

/**
 * @param value - `ForwardedIPConfig`; absent: the peer itself
 * @param positions - where `Position` may say which of the header's addresses count
 */
export function compileOrigin(value: unknown, hasPosition: boolean): Origin {
  if (!isGiven(value)) return peer;
  const field: FirewallField = 'FORWARDED_IP_CONFIG';
  const names = ['HeaderName', 'FallbackBehavior', ...(hasPosition ? ['Position'] : [])];
  const members = membersOf(value, field, names);
  const header = textIn(members, 'HeaderName', field, patterns.headerName).toLowerCase();
  const fallback = optionIn(members, 'FallbackBehavior', field, ['MATCH', 'NO_MATCH']) === 'MATCH';
  const position = hasPosition
    ? optionIn(members, 'Position', field, ['FIRST', 'LAST', 'ANY'])
    : ('FIRST' as const);
  return (inspection) => {
    const values = inspection.header(header);
    if (values.length === 0) return null;
    const texts = values.join(',').split(',');
    const wanted =
      position === 'FIRST' ? texts.slice(0, 1) : texts.slice(position === 'LAST' ? -1 : -forwardedMax);
    const keys = wanted.map((text) => addressKey(text.trim()));
    return keys.some((key) => key === null) ? fallback : (keys as string[]);
  };
}

const anyOf =
  (origin: Origin, has: (key: string) => boolean) =>
  (inspection: Inspection): boolean => {
    const keys = origin(inspection);
    if (keys === null) return false;
    return typeof keys === 'boolean' ? keys : keys.some(has);
  };

export function ipSetReference(value: unknown, { references }: CompileContext): Test {
  const field = 'IP_SET_REFERENCE_STATEMENT';
  const members = membersOf(value, field, ['ARN', 'IPSetForwardedIPConfig']);
  const arn = textIn(members, 'ARN', field, patterns.arn);
  const ipSet = references.ipSet(arn);
  if (ipSet === null) throw new FirewallError(reasons.reference, field, arn);
  const set = new AddressSet(ipSet.Addresses);
  const config = members.IPSetForwardedIPConfig;
  const isAny = isGiven(config) && (config as { Position?: unknown }).Position === 'ANY';
  return {
    capacity: isAny ? 5 : 1,
    matches: anyOf(compileOrigin(config, true), (key) => set.has(key)),
  };
}

export function geoMatch(value: unknown, { tools }: CompileContext): Test {
  const field = 'GEO_MATCH_STATEMENT';
  const members = membersOf(value, field, ['CountryCodes', 'ForwardedIPConfig']);
  const codes = new Set(textsIn(members, 'CountryCodes', field, 50, /^[A-Z]{2}$/));
  const countries = tools.countries();
  if (typeof countries === 'string')
    throw new FirewallError(
      `Geo statements need a table of countries: ${countries}.`,
      field,
      [...codes].join(','),
    );
  const origin = compileOrigin(members.ForwardedIPConfig, false);
  return {
    capacity: 1,
    matches: (inspection) => {
      const keys = origin(inspection);
      if (keys === null) return false;
      if (typeof keys === 'boolean') return keys;
      const country = countries.of(keys[0]!);
      if (country === null) return false;
      // Rules after it may ask for these, whether it matches or not.
      addLabel(inspection, `awswaf:clientip:geo:country:${country}`);
      addLabel(inspection, `awswaf:clientip:geo:region:${country}-XX`);
      return codes.has(country);
    },
  };
}

export function addLabel({ labels }: Inspection, label: string): void {
  if (!labels.includes(label)) labels.push(label);
}
