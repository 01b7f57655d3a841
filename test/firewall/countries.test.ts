// Tables of countries: how they are read, and rules that look in them.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { addressKey } from '../../src/firewall/address-set.ts';
import { countriesPath, openCountries, parseCountries } from '../../src/firewall/countries.ts';
import fc, { runs } from '../support/properties.ts';
import { rule, startGuarded, webAcl } from './support.ts';

const table = `# Of nobody
first,last,country
203.0.113.0,203.0.113.127,us
"203.0.113.128","203.0.113.255","CH","Switzerland"
2001:db8::,2001:db8::ffff,DE

198.51.100.77/24,FR
2001:db8:1::/48,AT
`;

test('table of countries: addresses are found in ranges of both kinds', () => {
  const countries = openCountries(parseCountries(table));
  const of = (address: string) => countries.of(addressKey(address)!);
  assert.deepEqual(
    ['203.0.113.0', '203.0.113.127', '203.0.113.128', '203.0.114.0', '1.2.3.4', '255.255.255.255'].map(of),
    ['US', 'US', 'CH', null, null, null],
  );
  assert.deepEqual(
    ['198.51.100.0', '198.51.100.255', '2001:db8::1', '2001:db8::1:0', '2001:db8:1:ffff::9', '::1'].map(of),
    ['FR', 'FR', 'DE', null, 'AT', null],
  );
  assert.equal(of('::ffff:203.0.113.1'), 'US');
  assert.equal(countries.rangeCount, 5);
});

test('table of countries: a line that is none, and ranges that overlap, are refused', () => {
  assert.throws(() => parseCountries('a,b,c\n1.2.3.4,1.2.3.9,US\nnonsense\n'), /^Error: line 3 of the table/);
  assert.throws(() => parseCountries('\n1.2.3.9,1.2.3.4,US\n'), /line 2/);
  assert.throws(() => parseCountries('\n1.2.3.4,2001::,US\n'), /line 2/);
  assert.throws(() => parseCountries('\n1.2.3.0/24,USA\n'), /line 2/);
  assert.throws(() => parseCountries('1.2.3.0/24,US\n1.2.3.128/25,CH\n'), /overlap/);
});

test('table of countries: every address is found as by going through all ranges', () => {
  const octets = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 2, maxLength: 40 });
  const dotted = (n: number): string => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
  fc.assert(
    fc.property(octets, fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 })), (ends, others) => {
      const sorted = ends.toSorted((a, b) => a - b).slice(0, ends.length & ~1);
      const ranges = Array.from(
        { length: sorted.length / 2 },
        (_, i) => [sorted[2 * i]!, sorted[2 * i + 1]!, `${'AB'[i % 2]}X`] as const,
      );
      const countries = openCountries(
        parseCountries(ranges.map(([a, b, c]) => `${dotted(a)},${dotted(b)},${c}`).join('\n')),
      );
      for (const address of [...ends, ...others, ...ends.map((one) => Math.min(one + 1, 2 ** 32 - 1))])
        assert.equal(
          countries.of(addressKey(dotted(address))!),
          ranges.find(([a, b]) => a <= address && address <= b)?.[2] ?? null,
          dotted(address),
        );
    }),
    { numRuns: runs(300) },
  );
});

test('table of countries: one that is damaged is not searched', () => {
  const bytes = parseCountries(table);
  for (const damaged of [Buffer.alloc(0), bytes.subarray(1), bytes.subarray(0, -1), Buffer.from(table)])
    assert.throws(() => openCountries(damaged), /is damaged/);
  assert.equal(openCountries(bytes).rangeCount, 5);
});

test('firewall: a GeoMatch statement looks up the address, and labels requests with what it found', async (t) => {
  const ForwardedIPConfig = { HeaderName: 'x-forwarded-for', FallbackBehavior: 'NO_MATCH' };
  const geo = (CountryCodes: readonly string[]) => ({
    GeoMatchStatement: { CountryCodes, ForwardedIPConfig },
  });
  const byLabel = { LabelMatchStatement: { Scope: 'LABEL', Key: 'awswaf:clientip:geo:country:FR' } };
  const acl = webAcl([rule('countries', 0, geo(['US', 'DE'])), rule('french', 1, byLabel)]);
  const { call, dataDir, guard } = await startGuarded(t, acl);
  assert.equal((await call('/a')).status, 500);
  mkdirSync(path.dirname(countriesPath(dataDir)), { recursive: true });
  writeFileSync(countriesPath(dataDir), parseCountries(table));
  await guard(acl);
  const from = async (address: string) =>
    (await call('/a', { headers: { 'x-forwarded-for': address } })).status;
  const addresses = ['203.0.113.1', '2001:db8::1', '203.0.113.200', '198.51.100.1', '8.8.8.8', 'nonsense'];
  assert.deepEqual(await Promise.all(addresses.map(from)), [403, 403, 200, 403, 200, 200]);
});
