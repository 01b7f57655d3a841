// Where clients find a stage.

import assert from 'node:assert/strict';
import test from 'node:test';
import { invokeUrlOf } from '../../../src/control/sdk/index.ts';

const address = { host: '0.0.0.0', port: 443, tls: true, hostSuffix: 'example.com' };

test('SDK: its address is the host form, with the port where it is not the usual one', () => {
  const cases: [number, boolean, string][] = [
    [443, true, 'https://abc.execute-api.eu-west-1.example.com/prod'],
    [8443, true, 'https://abc.execute-api.eu-west-1.example.com:8443/prod'],
    [80, false, 'http://abc.execute-api.eu-west-1.example.com/prod'],
    [443, false, 'http://abc.execute-api.eu-west-1.example.com:443/prod'],
    [0, false, 'http://abc.execute-api.eu-west-1.example.com/prod'],
  ];
  for (const [port, tls, url] of cases)
    assert.equal(invokeUrlOf({ ...address, port, tls }, 'eu-west-1', 'abc', 'prod'), url);
});

test('SDK: its address is the path form where the suffix is localhost, which Node.js and Java do not resolve', () => {
  const cases: [string, string][] = [
    ['0.0.0.0', 'http://localhost:8080/_aws/execute-api/abc/prod'],
    ['127.0.0.1', 'http://localhost:8080/_aws/execute-api/abc/prod'],
    ['::', 'http://localhost:8080/_aws/execute-api/abc/prod'],
    ['192.0.2.7', 'http://192.0.2.7:8080/_aws/execute-api/abc/prod'],
    ['2001:db8::7', 'http://[2001:db8::7]:8080/_aws/execute-api/abc/prod'],
  ];
  for (const [host, url] of cases) {
    const at = { host, port: 8080, tls: false, hostSuffix: 'localhost' };
    assert.equal(invokeUrlOf(at, 'eu-west-1', 'abc', 'prod'), url);
  }
});
