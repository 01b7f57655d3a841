// A management port over memory that guards and records, and boto3 that signs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createAuditTrail,
  createAuthenticate,
  ensureAdministrator,
  type FirstAccess,
} from '../../src/control/access/index.ts';
import type { ControlPlane } from '../../src/control/control-plane.ts';
import { createManagementServer } from '../../src/control/protocol/server.ts';
import { AuditLog, auditFile } from '../../src/observability/audit-log.ts';
import { testControl } from './control.ts';
import { awsClientsFolder, type Wire } from './management.ts';

export interface GuardedPort {
  readonly control: ControlPlane;
  readonly dataDir: string;
  readonly admin: FirstAccess;
  readonly port: number;
  readonly endpoint: string;
  /** Sets the clocks of the port forward. */
  advance(seconds: number): void;
  audited(): Wire[];
  auditText(): string;
}

/** @param services - what is not to be as {@link testControl} has it */
export async function guardedPort(
  t: { after(work: () => unknown): void },
  services: Parameters<typeof testControl>[2] = {},
): Promise<GuardedPort> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-wire-'));
  let aheadMs = 0;
  const nowMs = () => Date.now() + aheadMs;
  const { control } = await testControl(t, {}, { now: () => new Date(nowMs()).toISOString(), ...services });
  const { store, now, account } = control.services;
  const admin = (await ensureAdministrator(store, dataDir, now))!;
  const log = new AuditLog({ logsDir: dataDir, nowMs, report: assert.fail });
  const trail = createAuditTrail({ account, view: store.view, append: (json) => log.append(json) });
  const server = createManagementServer({
    controlPlane: control,
    host: '127.0.0.1',
    port: 0,
    authenticate: createAuthenticate({ account, view: store.view, isTls: false, nowMs }),
    onCall: trail.onCall,
    log: assert.fail,
  });
  const port = await server.listen();
  t.after(async () => {
    await server.close();
    log.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const auditText = () => readFileSync(auditFile(dataDir), 'utf8');
  return {
    control,
    dataDir,
    admin,
    port,
    endpoint: `http://127.0.0.1:${port}`,
    advance: (seconds) => {
      aheadMs += seconds * 1_000;
    },
    auditText,
    audited: () =>
      auditText()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

/** What Python prints. It is given `endpoint`, `key` and `secret`, `client(service, keys)` and `refused(...)`. */
export async function runBoto3(
  { endpoint, admin }: Pick<GuardedPort, 'endpoint' | 'admin'>,
  script: string,
  ...args: readonly string[]
): Promise<string> {
  const given = ['-c', prelude + script, endpoint, admin.accessKeyId, admin.secretAccessKey, ...args];
  const run = promisify(execFile)(join(awsClientsFolder!, 'python'), given, {
    maxBuffer: 64_000_000,
    env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1' },
  });
  // What it threw says enough; the whole command would hide it.
  const { stdout } = await run.catch(({ stderr }) => assert.fail(String(stderr)));
  return stdout;
}

const prelude = `
import boto3, json, re, sys
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key, secret = sys.argv[1:4]

def client(service, keys=None, region='us-east-1'):
    keys = keys or {'AccessKeyId': key, 'SecretAccessKey': secret}
    return boto3.client(service, endpoint_url=endpoint, region_name=region,
        aws_access_key_id=keys['AccessKeyId'], aws_secret_access_key=keys['SecretAccessKey'],
        aws_session_token=keys.get('SessionToken'), config=Config(retries={'max_attempts': 0}))

def refused(code, status, message, call, **members):
    try:
        answer = call(**members)
    except ClientError as error:
        told = (error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'])
        assert told == (code, status), error.response
        text = error.response['Error']['Message']
        assert text == message or re.fullmatch(message, text, re.S), text
    else:
        raise AssertionError(f'expected {code}, was answered {answer}')

def policy(action, resource='*', effect='Allow', **more):
    return json.dumps({'Version': '2012-10-17', 'Statement': [
        {'Effect': effect, 'Action': action, 'Resource': resource, **more}]})

def trust(principal, action='sts:AssumeRole', effect='Allow', **more):
    return json.dumps({'Version': '2012-10-17', 'Statement': [
        {'Effect': effect, 'Action': action, 'Principal': principal, **more}]})

def body(answer):
    return {name: value for name, value in answer.items() if name != 'ResponseMetadata'}
`;
