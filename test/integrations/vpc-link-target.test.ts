// Whom integrations through VPC links ask for their target.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Route } from '../../src/exchange/route.ts';
import type { Tools } from '../../src/exchange/tools.ts';
import type { UpstreamTarget } from '../../src/exchange/upstream.ts';
import { IntegrationError } from '../../src/integrations/index.ts';
import { compileTarget } from '../../src/integrations/target-options.ts';
import type { Integration } from '../../src/resources/index.ts';

function asked(integration: Partial<Integration>, stageVariables: Readonly<Record<string, string>> = {}) {
  const calls: unknown[] = [];
  const target = {} as UpstreamTarget;
  const noted =
    (what: string) =>
    (...given: unknown[]): UpstreamTarget => {
      calls.push([what, ...given]);
      return target;
    };
  const tools = {
    upstream: { target: noted('target') },
    backends: { linked: noted('linked') },
  } as unknown as Tools;
  const route = { stageVariables, clientCertificate: null } as unknown as Route;
  compileTarget(integration as Integration, route, tools)('http://internal:8080');
  return calls;
}

const options = { insecureSkipVerification: false, clientCertificate: null };

test('VPC link: the link is named with stage variables, the origin is the URI’s', () => {
  const link = { connectionType: 'VPC_LINK', connectionId: `\${stageVariables.link}` } as const;
  assert.deepEqual(asked(link, { link: 'abc123' }), [['linked', 'abc123', 'http://internal:8080', options]]);
  assert.deepEqual(asked({ ...link, connectionId: 'xyz', tlsConfig: { insecureSkipVerification: true } }), [
    ['linked', 'xyz', 'http://internal:8080', { ...options, insecureSkipVerification: true }],
  ]);
});

test('VPC link: without one the endpoint itself is called', () => {
  for (const connectionType of ['INTERNET', undefined] as const)
    assert.deepEqual(asked(connectionType === undefined ? {} : { connectionType }), [
      ['target', 'http://internal:8080', options],
    ]);
});

test('VPC link: a stage that does not name one cannot be compiled', () => {
  const link = { connectionType: 'VPC_LINK', connectionId: `\${stageVariables.link}` } as const;
  assert.throws(() => asked(link), IntegrationError);
});
