// How WebSocket events are seen: each is counted, measured and logged at its end. Nothing is looked up by name per event,
// all of that happens when a route is made.

import type { Clock } from '../base/clock.ts';
import { parseQuery } from '../exchange/exchange.ts';
import type {
  ExecutionLog,
  RouteDescription,
  SocketRecorder,
  SocketRecorders,
  SocketTraffic,
} from '../exchange/recorder.ts';
import type { SocketEvent } from '../exchange/socket-event.ts';
import { type AccessLogLine, compileSocketLogFormat } from './access-log-format.ts';
import type { AppendFile } from './append-file.ts';
import { GatheredLog } from './execution-log.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { LogFiles } from './log-files.ts';
import { bodyText, queryText } from './log-text.ts';
import { type SocketSeriesStats, type SocketStats, socketSeriesKey } from './socket-stats.ts';

export interface SocketRecorderOptions {
  readonly clock: Clock;
  /** null: no logs are written, whatever the stages say. */
  readonly files: LogFiles | null;
  readonly report: (message: string) => void;
  /** Routes with counters of their own; further ones count with their stage. */
  readonly detailedSeriesMax: number;
}

export interface CountingSocketRecorders extends SocketRecorders {
  stats(): SocketStats;
}

export function createSocketRecorders(options: SocketRecorderOptions): CountingSocketRecorders {
  const { clock, files } = options;
  const series = new SeriesTable(options);
  const stages = new Map<string, StageTraffic>();
  return {
    socketRoute(description) {
      const { apiId, stageName, accessLog, loggingLevel } = description;
      const accessFile = accessLog === null ? null : (files?.accessLog(accessLog.destinationArn) ?? null);
      const line =
        accessLog === null ? null : compileSocketLogFormat(accessLog.format, constantsOf(description), '\n');
      const executionFile =
        loggingLevel === 'OFF' ? null : (files?.socketExecutionLog(apiId, stageName) ?? null);
      return new CountedSocketRoute(clock, series.of(description), description, {
        accessFile,
        line,
        executionFile,
      });
    },
    socketTraffic(apiId, apiName, stageName) {
      const key = socketSeriesKey(apiId, stageName, null);
      let found = stages.get(key);
      if (found === undefined) {
        found = new StageTraffic(apiId, stageName);
        stages.set(key, found);
      }
      found.apiName = apiName;
      return found;
    },
    stats: () => ({
      series: series.stats(),
      stages: Array.from(stages.values(), (stage) => ({ ...stage })),
    }),
  };
}

/** What the access log's variables say on every event of this route. */
const constantsOf = ({ apiId, stageName, httpMethod }: RouteDescription) => ({
  apiId,
  stage: stageName,
  ...(httpMethod === '' ? {} : { routeKey: httpMethod }),
  messageDirection: 'IN',
  protocol: 'websocket',
});

class StageTraffic implements SocketTraffic {
  readonly apiId: string;
  apiName = '';
  readonly stageName: string;
  connections = 0;
  messagesIn = 0;
  bytesIn = 0;
  messagesOut = 0;
  bytesOut = 0;
  dropped = 0;
  conflated = 0;
  closedSlow = 0;

  constructor(apiId: string, stageName: string) {
    this.apiId = apiId;
    this.stageName = stageName;
  }
}

/** All series of a process. */
class SeriesTable {
  readonly #byKey = new Map<string, SocketSeries>();
  readonly #options: SocketRecorderOptions;
  #detailed = 0;
  #hasReported = false;

  constructor(options: SocketRecorderOptions) {
    this.#options = options;
  }

  of({ apiId, apiName, stageName, httpMethod, detailedMetrics }: RouteDescription): SocketSeries {
    const routeKey = detailedMetrics && this.#hasRoomFor(apiId, stageName, httpMethod) ? httpMethod : null;
    const key = socketSeriesKey(apiId, stageName, routeKey);
    let found = this.#byKey.get(key);
    if (found === undefined) {
      found = new SocketSeries(apiId, stageName, routeKey);
      this.#byKey.set(key, found);
      if (routeKey !== null) this.#detailed++;
    }
    found.apiName = apiName;
    return found;
  }

  #hasRoomFor(apiId: string, stageName: string, routeKey: string): boolean {
    const { detailedSeriesMax, report } = this.#options;
    if (this.#detailed < detailedSeriesMax) return true;
    if (this.#byKey.has(socketSeriesKey(apiId, stageName, routeKey))) return true;
    if (!this.#hasReported)
      report(
        `Detailed metrics of more than ${detailedSeriesMax} routes: further ones count with their stage only`,
      );
    this.#hasReported = true;
    return false;
  }

  stats(): SocketSeriesStats[] {
    return Array.from(this.#byKey.values(), (one) => one.stats());
  }
}

/** The counters of one stage, or of one route: plain fields, found once, when the route is made. */
class SocketSeries {
  readonly apiId: string;
  readonly stageName: string;
  readonly routeKey: string | null;
  apiName = '';
  connects = 0;
  disconnects = 0;
  messages = 0;
  clientErrors = 0;
  executionErrors = 0;
  integrationErrors = 0;
  readonly latency = new LatencyHistogram();
  readonly integrationLatency = new LatencyHistogram();

  constructor(apiId: string, stageName: string, routeKey: string | null) {
    this.apiId = apiId;
    this.stageName = stageName;
    this.routeKey = routeKey;
  }

  count(event: SocketEvent): void {
    if (event.type === 'MESSAGE') this.messages++;
    else if (event.type === 'CONNECT') this.connects++;
    else this.disconnects++;
    const { integrationStartedNs, integrationEndedNs } = event;
    if (event.status >= 400 || event.integrationStatus >= 400) this.#countError(event);
    this.latency.recordNs(event.endedNs - event.startedNs);
    if (integrationStartedNs !== 0 && integrationEndedNs !== 0)
      this.integrationLatency.recordNs(integrationEndedNs - integrationStartedNs);
  }

  /** Where it failed: before the backend, calling it, or in what it answered. See observability reference, section 1. */
  #countError({ status, integrationStatus, integrationStartedNs, errorType }: SocketEvent): void {
    if (integrationStatus >= 400) this.integrationErrors++;
    else if (integrationStartedNs === 0)
      if (status < 500) this.clientErrors++;
      else this.executionErrors++;
    // A function that failed is told as 502; what it answered by itself is no failure of ours.
    else if (errorType === null || status === 502) this.integrationErrors++;
    else this.executionErrors++;
  }

  stats(): SocketSeriesStats {
    const { apiId, apiName, stageName, routeKey, connects, disconnects, messages } = this;
    const { clientErrors, executionErrors, integrationErrors } = this;
    return {
      apiId,
      apiName,
      stageName,
      routeKey,
      connects,
      disconnects,
      messages,
      clientErrors,
      executionErrors,
      integrationErrors,
      latency: this.latency.stats(),
      integrationLatency: this.integrationLatency.stats(),
    };
  }
}

interface Sinks {
  readonly accessFile: AppendFile | null;
  readonly line: AccessLogLine<SocketEvent> | null;
  readonly executionFile: AppendFile | null;
}

class CountedSocketRoute implements SocketRecorder {
  readonly wantsEvents: boolean;
  readonly #clock: Clock;
  readonly #series: SocketSeries;
  readonly #level: RouteDescription['loggingLevel'];
  readonly #dataTrace: boolean;
  readonly #accessFile: AppendFile | null;
  readonly #line: AccessLogLine<SocketEvent> | null;
  readonly #executionFile: AppendFile | null;

  constructor(
    clock: Clock,
    series: SocketSeries,
    { loggingLevel, dataTrace }: RouteDescription,
    { accessFile, line, executionFile }: Sinks,
  ) {
    this.wantsEvents = accessFile !== null || executionFile !== null;
    this.#clock = clock;
    this.#series = series;
    this.#level = loggingLevel;
    this.#dataTrace = dataTrace;
    this.#accessFile = accessFile;
    this.#line = line;
    this.#executionFile = executionFile;
  }

  executionLog(event: SocketEvent): ExecutionLog | null {
    if (this.#executionFile === null || this.#level === 'OFF') return null;
    const { requestId, startedMs } = event;
    const logged = { requestId, extendedRequestId: requestId, startedMs };
    const log = new GatheredLog(logged, this.#level, this.#dataTrace, this.#clock);
    if (this.#level === 'INFO') logStart(event, log);
    return log;
  }

  finished(event: SocketEvent): void {
    if (event.endedNs === 0) event.endedNs = this.#clock.monotonicNs();
    this.#series.count(event);
    if (this.#accessFile !== null) this.#accessFile.append(this.#line!(event), 1);
    if (this.#executionFile !== null && event.log !== null)
      (event.log as GatheredLog).writeTo(this.#executionFile, `Route completed with status: ${event.status}`);
  }

  messageDone(startedNs: number, endedNs: number): void {
    this.#series.messages++;
    this.#series.latency.recordNs(endedNs - startedNs);
  }
}

/** Browsers can send a token in no other place than the query: what is called like one is masked. */
const secretLike = /token|auth|key|secret|passw|signature|credential|session|jwt/i;

function logStart(event: SocketEvent, log: ExecutionLog): void {
  const { type, route, session, request, closing } = event;
  log.info(`Starting execution for request: ${event.requestId}`);
  log.info(`Route key: ${route.routeKey}, Event type: ${type}, Connection id: ${session.id}`);
  if (closing !== null) log.info(`Disconnect status: ${closing.code}, Reason: ${closing.reason}`);
  if (!log.dataTrace) return;
  if (type === 'MESSAGE') log.info(`Route request body before transformations: ${bodyText(event.text)}`);
  if (request === null) return;
  const query = parseQuery(request.query);
  log.info(`Route request query string: ${queryText(query, namesLike(secretLike, query.names))}`);
  log.fields('Route request headers', request.headers);
}

const namesLike = (pattern: RegExp, names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name) => pattern.test(name)).map((name) => name.toLowerCase()));
