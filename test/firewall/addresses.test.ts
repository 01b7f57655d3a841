// Ranges of addresses, and the header in which proxies name whom they speak for.

import assert from 'node:assert/strict';
import test from 'node:test';
import { AddressSet, addressKey, readRange } from '../../src/firewall/address-set.ts';
import { judge } from '../../src/firewall/firewall.ts';
import { compileWebAcl } from '../../src/firewall/index.ts';
import fc, { runs } from '../support/properties.ts';
import { exchangeOf, free, matches, phaseTools, references, sets } from './exchange.ts';
import { rule, webAcl } from './support.ts';

const bitsOf = (key: string): string =>
  Array.from(key, (char) => char.charCodeAt(0).toString(2).padStart(8, '0')).join('');

test('address set: an address is in a range when it begins with as many bits as the range has', () => {
  const ofFour = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
  const ofSixteen = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));
  const range = fc.oneof(ofFour, ofSixteen).filter(([address]) => addressKey(address) !== null);
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 8 }),
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 8 }),
      fc.nat(127),
      (ranges, others, flipped) => {
        const set = new AddressSet(ranges.map(([address, bits]) => `${address}/${bits}`));
        // Those at the edges of a range, too: one bit is another.
        const near = ranges.map(([address]) => {
          const key = addressKey(address)!;
          const at = (flipped >> 3) % key.length;
          const code = key.charCodeAt(at) ^ (128 >> (flipped & 7));
          return key.slice(0, at) + String.fromCharCode(code) + key.slice(at + 1);
        });
        const keys = [...ranges.map(([address]) => address), ...others].map((text) => addressKey(text)!);
        for (const key of [...keys, ...near]) {
          const isInside = ranges.some(([address, length]) => {
            const first = addressKey(address)!;
            return first.length === key.length && bitsOf(key).startsWith(bitsOf(first).slice(0, length));
          });
          assert.equal(set.has(key), isInside);
        }
      },
    ),
    { numRuns: runs(500) },
  );
});

test('address set: a range has an address, a slash and no more bits than the address', () => {
  const none = ['10.0.0.1', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/a', '10.0.0.0/-1', 'x/8', '/8'];
  assert.deepEqual(
    none.map((text) => readRange(text)),
    none.map(() => null),
  );
  assert.equal(readRange('10.0.0.0/32')?.bits, 32);
  assert.equal(readRange('::/128')?.bits, 128);
});

const forwarded = (Position: string, FallbackBehavior = 'NO_MATCH') => ({
  IPSetReferenceStatement: {
    ARN: sets[0]!.ARN,
    IPSetForwardedIPConfig: { HeaderName: 'X-Forwarded-For', FallbackBehavior, Position },
  },
});
const via = (...values: readonly string[]) => ({
  headers: values.flatMap((value) => ['x-forwarded-for', value]),
});
const ours = '203.0.113.9';
const others = (count: number): string[] => Array<string>(count).fill('8.8.8.8');

test('forwarded addresses: of very many the last ten are looked at, in all lines of the header together', async () => {
  const any = forwarded('ANY');
  assert.equal(await matches(any, via([ours, ...others(9)].join(','))), true);
  assert.equal(await matches(any, via([ours, ...others(10)].join(','))), false);
  assert.equal(await matches(any, via(ours, others(9).join(', '))), true);
  assert.equal(await matches(forwarded('LAST'), via('8.8.8.8', ours)), true);
  assert.equal(await matches(forwarded('FIRST'), via('8.8.8.8', ours)), false);
});

test('forwarded addresses: one that is none decides as the rule says, wherever it is looked for', async () => {
  for (const position of ['FIRST', 'LAST', 'ANY']) {
    assert.equal(await matches(forwarded(position, 'MATCH'), via('unknown')), true);
    assert.equal(await matches(forwarded(position), via('unknown')), false);
  }
  assert.equal(await matches(forwarded('ANY'), via(`${ours}, unknown`)), false);
});

test('country: the labels of a request name its country, and a region that nobody knows, where it does not match', async () => {
  const geo = { GeoMatchStatement: { CountryCodes: ['DE'] } };
  const label = (Key: string) => ({ LabelMatchStatement: { Scope: 'LABEL', Key } });
  for (const [key, status] of [
    ['awswaf:clientip:geo:country:CH', 403],
    ['awswaf:clientip:geo:region:CH-XX', 403],
    ['awswaf:clientip:geo:country:DE', 200],
  ] as const) {
    const acl = webAcl([rule('country', 0, geo), rule('label', 1, label(key))]);
    const exchange = exchangeOf({});
    await judge(exchange, compileWebAcl(acl, references, free), phaseTools);
    assert.equal(exchange.firewall?.status, status, key);
  }
});
