// A real gateway with TLS, two custom domain names, and clients that show certificates.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { SecureVersion } from 'node:tls';
import type { GuardSettings, TlsSettings } from '../../src/config/index.ts';
import type { ApiDefinition, PublishedDomainName, PublishedState } from '../../src/resources/index.ts';
import { Authority, type Issued } from './authority.ts';
import { startTestGateway, type TestGateway, writePublished } from './gateway.ts';

export const servers = new Authority('servers');
export const gatewayCertificate = servers.issue('gateway', { host: 'api.example.com' });
export const partners = new Authority('partners');
export const uri = 's3://trust/partners.pem';

export interface Asked {
  readonly status: number;
  readonly body: string;
  readonly errorType: string | string[] | undefined;
}

export const forbidden: Asked = {
  status: 403,
  body: '{"message":"Forbidden"}',
  errorType: 'ForbiddenException',
};

export interface AskOptions {
  readonly serverName?: string;
  readonly agent?: Agent | false;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly target?: string;
  readonly method?: string;
  readonly body?: Buffer;
}

export interface SecureGateway extends TestGateway {
  /** Writes a file of the folder, whole or not at all. @returns its path */
  file(name: string, text: string): string;
  ask(host: string, client: Issued | null, options?: AskOptions): Promise<Asked>;
  republish(names: readonly PublishedDomainName[]): Promise<void>;
}

export interface SecureOptions {
  readonly domain?: Partial<PublishedDomainName>;
  readonly tls?: (file: (name: string, text: string) => string) => Partial<TlsSettings>;
  readonly published?: Partial<PublishedState>;
  readonly guard?: GuardSettings;
}

export const mappings = [{ basePath: '', apiId: 'testapi001', stage: 'test' }];

/** `api.example.com` asks for certificates of partners, `open.example.com` for none. */
export async function startSecureGateway(
  t: TestContext,
  definition: ApiDefinition,
  options: SecureOptions = {},
): Promise<SecureGateway> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-mtls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, `${name}.new`), text);
    renameSync(path.join(folder, `${name}.new`), path.join(folder, name));
    return path.join(folder, name);
  };
  const tls: TlsSettings = {
    keyFile: file('own.key', gatewayCertificate.key),
    certFile: file('own.crt', gatewayCertificate.cert),
    front: 'auto',
    domains: [],
    truststores: [{ uri, file: file('partners.pem', partners.cert), revocations: null }],
    ...options.tls?.(file),
  };
  const guarded: PublishedDomainName = {
    domainName: 'api.example.com',
    endpointType: 'REGIONAL',
    mappings,
    mutualTlsAuthentication: { truststoreUri: uri },
    ...options.domain,
  };
  const open: PublishedDomainName = { domainName: 'open.example.com', endpointType: 'REGIONAL', mappings };
  const published = { domainNames: [guarded, open], ...options.published };
  const started = await startTestGateway(t, [{ definition }], {
    tls,
    published,
    ...(options.guard === undefined ? {} : { guard: options.guard }),
  });
  const ask: SecureGateway['ask'] = (
    host,
    client,
    { serverName = host, agent = false, target = '/who', body, ...rest } = {},
  ) =>
    new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: started.port,
        servername: serverName,
        path: target,
        headers: { host },
        rejectUnauthorized: false,
        agent,
        ...rest,
        ...(client === null ? {} : { key: client.key, cert: client.cert }),
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, body: text, errorType: answer.headers['x-amzn-errortype'] }),
        );
      });
      sent.end(body);
    });
  const republish: SecureGateway['republish'] = async (names) => {
    writePublished(started.dataDir, [{ definition }], { ...options.published, domainNames: names });
    await started.gateway.adopt();
  };
  return { ...started, file, ask, republish };
}

/** One connection that is kept, for requests one after the other. */
export const keepingAgent = (t: TestContext): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return agent;
};
