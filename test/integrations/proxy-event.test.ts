import assert from 'node:assert/strict';
import test from 'node:test';
import { contextAccessor, templateContext } from '../../src/exchange/context.ts';
import { customarySpelling } from '../../src/exchange/customary-spelling.ts';
import { Exchange } from '../../src/exchange/exchange.ts';
import { hiddenFromMappings } from '../../src/exchange/visible-headers.ts';
import { compileEvent } from '../../src/integrations/aws-proxy-event.ts';
import { incoming, routeWith } from '../observability/fixture.ts';
import fc from '../support/properties.ts';

const writeEvent = compileEvent(routeWith({ finished: () => {}, executionLog: () => null }));

function exchangeOf(
  fields: readonly (readonly [string, string])[],
  query: string,
  id: string,
  body: string,
): Exchange {
  const headers = fields.flat();
  const path = `/prod/pets/${id}`;
  const exchange = new Exchange(
    routeWith({ finished: () => {}, executionLog: () => null }),
    { ...incoming({}), path, query, headers },
    'GET',
    { path, resourceStart: 5, domainName: 'api.example.com', basePath: null },
    [id],
    Date.UTC(2026, 0, 1),
    1,
  );
  if (body !== '') exchange.requestBody = Buffer.from(body);
  return exchange;
}

/** Few, so that they repeat, and in any order. */
const fieldName = fc.constantFrom(
  'a',
  'aa',
  'b-c',
  'x-forwarded-a',
  'x-forwarded-b',
  'accept',
  'connection',
  'host',
  '__proto__',
);
const well = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed());

test('proxy event: whatever a request holds, the event is JSON that tells it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fieldName, well)),
      fc.array(fc.tuple(well, well)),
      well,
      well,
      (fields, parameters, id, body) => {
        const query = new URLSearchParams(parameters).toString();
        const event = JSON.parse(writeEvent(exchangeOf(fields, query, id, body), []));
        const shown = fields.filter(([name]) => !hiddenFromMappings.has(name));
        for (const [name] of shown) {
          const values = shown.filter(([other]) => other === name).map(([, value]) => value);
          const spelled = customarySpelling(name);
          assert.deepEqual(event.multiValueHeaders[spelled], values);
          assert.equal(event.headers[spelled], values.at(-1));
        }
        const names = Object.keys(event.headers).map((name) => name.toLowerCase());
        assert.deepEqual(names, names.toSorted());
        for (const [name] of parameters) {
          const values = parameters.filter(([other]) => other === name).map(([, value]) => value);
          assert.deepEqual(event.multiValueQueryStringParameters[name], values);
          assert.equal(event.queryStringParameters[name], values.at(-1));
        }
        assert.equal(event.pathParameters.petId, id);
        assert.equal(event.body, body === '' ? null : body);
      },
    ),
  );
});

test('proxy event: names are spelled as most clients write them, and those of WebSockets as their RFC does', () => {
  const names = ['host', 'x-api-key', 'dnt', 'x-csrf-token', 'sec-websocket-protocol', 'websocket_a', '--a'];
  const spelled = [
    'Host',
    'X-Api-Key',
    'DNT',
    'X-CSRF-Token',
    'Sec-WebSocket-Protocol',
    'Websocket_a',
    '--A',
  ];
  assert.deepEqual(names.map(customarySpelling), spelled);
  assert.deepEqual(names.map(customarySpelling), spelled);
});

test('proxy event: under mutual TLS the identity tells whose certificate it was, else it has no such member', () => {
  const certificate = {
    clientCertPem: '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n',
    subjectDN: 'C=US,O=Example\\, Inc.,CN=alice',
    issuerDN: 'CN=partners',
    serialNumber: 'a1:b2',
    validity: { notBefore: 'May 28 12:30:02 2019 GMT', notAfter: 'Aug  5 09:36:04 2021 GMT' },
  };
  const exchange = exchangeOf([], '', '7', '');
  const request = { ...incoming({}), path: '/prod/pets/7' };
  const connection = { serverName: 'api.example.com', trustDomain: 'api.example.com', certificate };
  const secure = new Exchange(
    exchange.route,
    { ...request, downstream: { ...request.downstream, connection } },
    'GET',
    exchange.address,
    ['7'],
    1,
    1,
  );
  const { identity } = JSON.parse(writeEvent(secure, [])).requestContext;
  assert.deepEqual(identity.clientCert, certificate);
  assert.equal(Object.keys(identity).at(-1), 'clientCert');
  assert.equal('clientCert' in JSON.parse(writeEvent(exchange, [])).requestContext.identity, false);
  // What authorizers of requests are shown, and templates.
  const shown = templateContext(secure, ['identity']) as { identity: { clientCert: unknown } };
  assert.deepEqual(shown.identity.clientCert, certificate);
  const read = (name: string) => contextAccessor(`identity.clientCert.${name}`)(secure);
  assert.equal(read('validity.notAfter'), certificate.validity.notAfter);
  assert.equal(contextAccessor('identity.clientCert.subjectDN')(exchange), null);
});
