// What micro-benchmarks of gates share: requests that have come in, without a listener, and the cost of letting them pass.

import { systemClock } from '../../src/base/clock.ts';
import type { Downstream, IncomingRequest } from '../../src/exchange/downstream.ts';
import { Exchange } from '../../src/exchange/exchange.ts';
import type { Outcome } from '../../src/exchange/phase.ts';
import type { Route } from '../../src/exchange/route.ts';
import { accountId } from '../../test/support/authorized.ts';
import { summarize } from '../harness/statistics.ts';

/** `GET /a` of a stage, with nobody who counts or logs. */
export const route = {
  accountId,
  region: 'us-east-1',
  apiId: 'testapi001',
  endpointType: 'REGIONAL',
  stageName: 'test',
  resourcePath: '/a',
  pathParameterNames: [],
  httpMethod: 'GET',
  stageVariables: {},
  recorder: { finished: () => {}, executionLog: () => null },
} as unknown as Route;

/** A client that is there for the whole request. */
export const downstreamOf = (address: string): Downstream =>
  ({
    aborted: false,
    tls: true,
    connection: null,
    localPort: 443,
    body: null,
    upgrade: null,
    remoteAddress: () => address,
    onAbort: () => {},
  }) as unknown as Downstream;

export const downstream = downstreamOf('203.0.113.77');

export function exchangeOf(request: IncomingRequest): Exchange {
  const address = { path: request.path, resourceStart: 5, domainName: 'api.example.com', basePath: null };
  return new Exchange(route, request, 'GET', address, [], Date.now(), systemClock.monotonicNs());
}

export type Gate = (exchange: Exchange) => Outcome | Promise<Outcome>;

/** Requests of one round. */
export const perRound = 20_000;
const rounds = 9;
const warmUpRounds = 3;

/** A round's exchanges, from requests that come again and again. */
export const exchangesOf = (requests: readonly IncomingRequest[]): Exchange[] =>
  Array.from({ length: perRound }, (_, i) => exchangeOf(requests[i % requests.length]!));

/**
 * Nanoseconds of CPU for each exchange, all threads, so garbage collection too.
 * @throws Error when one is not let in at once
 */
export function roundNs(name: string, gate: Gate, exchanges: readonly Exchange[]): number {
  let refused = 0;
  const start = process.cpuUsage();
  for (const exchange of exchanges) if (gate(exchange) !== undefined) refused++;
  const { user, system } = process.cpuUsage(start);
  if (refused > 0) throw new Error(`${name}: ${refused} were refused`);
  return ((user + system) * 1_000) / exchanges.length;
}

/** Prints median and spread of the rounds. @returns the median, in nanoseconds */
export function measureGate(name: string, gate: Gate, make: () => readonly Exchange[]): number {
  const times: number[] = [];
  for (let round = 0; round < rounds + warmUpRounds; round++) {
    const tookNs = roundNs(name, gate, make());
    if (round >= warmUpRounds) times.push(tookNs);
  }
  const { median, min, max } = summarize(times);
  console.log(
    `${name.padEnd(52)} ${median.toFixed(0).padStart(6)} ns  (${min.toFixed(0)} to ${max.toFixed(0)})`,
  );
  return median;
}
