// Where clients find a stage.

import assert from 'node:assert/strict';
import test from 'node:test';
import { invokeUrlOf } from '../../../src/control/sdk/index.ts';

test('SDK: its address is the host form, with the port where it is not the usual one', () => {
  const cases: [number, boolean, string][] = [
    [443, true, 'https://abc.execute-api.eu-west-1.example.com/prod'],
    [8443, true, 'https://abc.execute-api.eu-west-1.example.com:8443/prod'],
    [80, false, 'http://abc.execute-api.eu-west-1.example.com/prod'],
    [443, false, 'http://abc.execute-api.eu-west-1.example.com:443/prod'],
    [0, false, 'http://abc.execute-api.eu-west-1.example.com/prod'],
  ];
  for (const [port, tls, url] of cases) {
    const address = { host: '0.0.0.0', port, tls, hostSuffix: 'example.com' };
    assert.equal(invokeUrlOf(address, 'eu-west-1', 'abc', 'prod'), url);
  }
});
