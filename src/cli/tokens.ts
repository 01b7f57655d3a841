// `sluice tokens`: tokens that are taken back before their end. Prints for people, or JSON for scripts.

import type { RevokeTokens, tokenActs } from '../control/local/token-acts.ts';
import type { RevocableClaim, TokenRevocation } from '../resources/index.ts';
import { CommandError } from './command-error.ts';
import { show } from './manage/table.ts';
import { say } from './terminal.ts';

type Acts = typeof tokenActs;

/** What these commands ask of the control plane. */
export interface TokenControl {
  act<Name extends keyof Acts>(
    name: Name,
    argument: Parameters<Acts[Name]>[0],
  ): Promise<Awaited<ReturnType<Acts[Name]>>>;
}

export interface RevokeRequest {
  readonly jti?: string;
  readonly subject?: string;
  readonly session?: string;
  readonly client?: string;
  readonly issuer?: string;
  readonly issuedUntil?: string;
  readonly keep?: string;
  readonly json?: boolean;
}

const claimOf: Readonly<Record<'jti' | 'subject' | 'session' | 'client', RevocableClaim>> = {
  jti: 'jti',
  subject: 'sub',
  session: 'sid',
  client: 'client_id',
};

export async function revokeTokens(control: TokenControl, request: RevokeRequest): Promise<void> {
  const wanted = wantedBy(request);
  const revocation = await control.act('revokeTokens', wanted);
  if (request.json === true) return say(JSON.stringify(revocation, null, 2));
  say(`Revoked, known until ${revocation.expiresDate}: ${described(revocation)}`);
  say(`Take it back with: sluice tokens restore ${revocation.id}`);
}

export async function listRevocations(control: TokenControl, json: boolean): Promise<void> {
  const revocations = await control.act('listRevocations', undefined);
  if (json) return say(JSON.stringify(revocations, null, 2));
  const rows = revocations.map((revocation) => ({
    id: revocation.id,
    tokens: described(revocation),
    since: revocation.createdDate,
    until: revocation.expiresDate,
  }));
  show(rows, { json: false, none: 'No token is revoked.' });
}

export async function restoreTokens(control: TokenControl, id: string): Promise<void> {
  await control.act('removeRevocation', { id });
  say(`Tokens of the revocation ${id} are good again, until they end.`);
}

function wantedBy(request: RevokeRequest): RevokeTokens {
  const named = (Object.keys(claimOf) as (keyof typeof claimOf)[]).filter(
    (name) => request[name] !== undefined,
  );
  if (named.length !== 1)
    throw new CommandError('say which tokens: one of --jti, --subject, --session and --client');
  const name = named[0]!;
  const { issuer, issuedUntil, keep = '30d' } = request;
  return {
    claim: claimOf[name],
    value: request[name]!,
    ...(issuer === undefined ? {} : { issuer }),
    ...(issuedUntil === undefined ? {} : { issuedUntil: secondsOf(issuedUntil) }),
    keepSeconds: keepSecondsOf(keep),
  };
}

const described = ({ claim, value, issuer, issuedUntil }: TokenRevocation): string => {
  const of = issuer === null ? '' : ` of ${issuer}`;
  const until = issuedUntil === null ? '' : ` issued until ${new Date(issuedUntil * 1_000).toISOString()}`;
  return `${claim} ${value}${of}${until}`;
};

function secondsOf(text: string): number {
  const ms = text === 'now' ? Date.now() : Date.parse(text);
  if (Number.isNaN(ms))
    throw new CommandError(
      `--issued-until is "${text}"; expected now, or a time such as 2026-01-31T12:00:00Z`,
    );
  return Math.floor(ms / 1_000);
}

const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };
const keepDaysMax = 3_650;

function keepSecondsOf(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (unitSeconds[unit ?? ''] ?? Number.NaN);
  if (!(seconds <= keepDaysMax * 86_400))
    throw new CommandError(`--keep is "${text}"; expected a time such as 90m, 12h or 30d`);
  return seconds;
}
