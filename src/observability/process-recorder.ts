// The Recorder of one data-plane process: counts, measures and logs each exchange at its end. The hot path of
// observability: nothing is looked up by name per request, all of that happens in `route`. `finished` takes 55 ns
// without logs and 500 to 600 with a CLF line, encoding included (bench/micro/recorder-finished.ts, a shared machine).

import { type Clock, systemClock } from '../base/clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type {
  ExecutionLog,
  Recorder,
  RouteDescription,
  RouteRecorder,
  SocketRecorders,
} from '../exchange/recorder.ts';
import {
  type AccessLogLine,
  compileAccessLogFormat,
  type RouteConstants,
  variablesOf,
} from './access-log-format.ts';
import type { AppendFile } from './append-file.ts';
import { GatheredLog } from './execution-log.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { LogFiles } from './log-files.ts';
import { createSocketRecorders } from './socket-recorder.ts';
import { type ProcessFigures, type RecorderStats, type SeriesStats, seriesKey } from './stats.ts';

export interface RecorderOptions {
  /** Folder of all logs; made when missing. null: no logs are written, whatever the stages say. */
  readonly logsDir: string | null;
  readonly clock?: Clock;
  /** Operator's messages, one line each; stderr unless given. */
  readonly report?: (message: string) => void;
  /** A log line waits this long for company, at most. Default 150. */
  readonly flushMs?: number;
  /** Characters that wait for one log file, at most; lines beyond that are dropped and counted. Default 8 Mi. */
  readonly logCharactersMax?: number;
  /** Log files held open at once. Default 256. */
  readonly openFilesMax?: number;
  /** Methods with counters of their own; further ones count with their stage. Default 2,000 (50 KB each under load). */
  readonly detailedSeriesMax?: number;
}

export interface ProcessRecorder extends Recorder, SocketRecorders {
  /** For requests that belong to no API (unknown host, unknown stage): counted together, seen in no API's metrics. */
  readonly unlisted: { finished(): void };
  /** Everything counted so far. @param figures - the process's own state, or null */
  stats(figures: ProcessFigures | null): RecorderStats;
  /** Writes what waits; settles when it was tried. */
  flush(): Promise<void>;
  /** Opens all log files again: for SIGHUP, after a rotation. */
  reopen(): Promise<void>;
  /** Writes what waits and closes all files. Call it when no exchange is in flight. */
  close(): Promise<void>;
}

/** Makes the recorder of this process. */
export function createRecorder(options: RecorderOptions): ProcessRecorder {
  const clock = options.clock ?? systemClock;
  const report = options.report ?? ((message: string) => void process.stderr.write(`${message}\n`));
  const detailedSeriesMax = options.detailedSeriesMax ?? 2_000;
  const files =
    options.logsDir === null
      ? null
      : new LogFiles({
          logsDir: options.logsDir,
          flushMs: options.flushMs ?? 150,
          charactersMax: options.logCharactersMax ?? 8 * 1_048_576,
          openMax: options.openFilesMax ?? 256,
          report,
        });
  const series = new Map<string, Series>();
  const unlisted = new UnlistedRecorder();
  const sockets = createSocketRecorders({ clock, files, report, detailedSeriesMax });
  let detailedSeries = 0;
  let hasReportedMax = false;

  function seriesOf(route: RouteDescription): Series {
    const { apiId, apiName } = route;
    // AWS's own name for the other half of the stage's metrics.
    const stageName = route.isCanary === true ? `${route.stageName}/Canary` : route.stageName;
    let isDetailed = route.detailedMetrics;
    let key = seriesKey(
      apiId,
      stageName,
      isDetailed ? route.httpMethod : null,
      isDetailed ? route.resourcePath : null,
    );
    if (isDetailed && !series.has(key) && detailedSeries >= detailedSeriesMax) {
      if (!hasReportedMax)
        report(
          `Detailed metrics of more than ${detailedSeriesMax} methods: further ones count with their stage only`,
        );
      hasReportedMax = true;
      isDetailed = false;
      key = seriesKey(apiId, stageName, null, null);
    }
    let found = series.get(key);
    if (found === undefined) {
      found = new Series(
        apiId,
        stageName,
        isDetailed ? route.httpMethod : null,
        isDetailed ? route.resourcePath : null,
      );
      series.set(key, found);
      if (isDetailed) detailedSeries++;
    }
    found.apiName = apiName;
    return found;
  }

  return {
    unlisted,
    socketRoute: sockets.socketRoute,
    socketTraffic: sockets.socketTraffic,
    route(description) {
      const { accessLog, loggingLevel, apiId, stageName, isCanary } = description;
      return new CountedRoute(
        clock,
        unlisted,
        seriesOf(description),
        files === null || accessLog === null ? null : files.accessLog(accessLog.destinationArn),
        accessLog === null ? null : compileAccessLogFormat(accessLog.format, constantsOf(description), '\n'),
        accessLog !== null && variablesOf(accessLog.format).includes('identity.sourceIp'),
        files === null || loggingLevel === 'OFF'
          ? null
          : files.executionLog(apiId, stageName, isCanary === true),
        loggingLevel,
        description.dataTrace,
      );
    },
    stats: (figures) => ({
      series: Array.from(series.values(), (one) => one.stats()),
      sockets: sockets.stats(),
      logs: files === null ? [] : files.stats(),
      unlisted: unlisted.count,
      processes: figures === null ? [] : [figures],
    }),
    flush: async () => files?.flush(),
    reopen: async () => files?.reopen(),
    close: async () => files?.close(),
  };
}

/** What the access log's variables say on every exchange of this route. */
function constantsOf(route: RouteDescription): RouteConstants {
  return {
    apiId: route.apiId,
    stage: route.stageName,
    resourcePath: route.resourcePath,
    isCanaryRequest: route.isCanary === null ? '' : String(route.isCanary),
    protocol: 'HTTP/1.1',
  };
}

/** The counters of one stage, or of one method: plain fields, found once, when the route is made. */
class Series {
  readonly apiId: string;
  readonly stageName: string;
  readonly httpMethod: string | null;
  readonly resourcePath: string | null;
  apiName: string;
  count: number;
  errors4xx: number;
  errors5xx: number;
  aborted: number;
  readonly latency: LatencyHistogram;
  readonly integrationLatency: LatencyHistogram;

  constructor(apiId: string, stageName: string, httpMethod: string | null, resourcePath: string | null) {
    this.apiId = apiId;
    this.stageName = stageName;
    this.httpMethod = httpMethod;
    this.resourcePath = resourcePath;
    this.apiName = '';
    this.count = 0;
    this.errors4xx = 0;
    this.errors5xx = 0;
    this.aborted = 0;
    this.latency = new LatencyHistogram();
    this.integrationLatency = new LatencyHistogram();
  }

  stats(): SeriesStats {
    const { apiId, apiName, stageName, httpMethod, resourcePath, count, errors4xx, errors5xx, aborted } =
      this;
    return {
      apiId,
      apiName,
      stageName,
      httpMethod,
      resourcePath,
      count,
      errors4xx,
      errors5xx,
      aborted,
      latency: this.latency.stats(),
      integrationLatency: this.integrationLatency.stats(),
    };
  }
}

class CountedRoute implements RouteRecorder {
  readonly #clock: Clock;
  readonly #unlisted: UnlistedRecorder;
  readonly #series: Series;
  readonly #accessFile: AppendFile | null;
  readonly #accessLine: AccessLogLine | null;
  readonly #logsSourceIp: boolean;
  readonly #executionFile: AppendFile | null;
  readonly #level: RouteDescription['loggingLevel'];
  readonly #dataTrace: boolean;

  constructor(
    clock: Clock,
    unlisted: UnlistedRecorder,
    series: Series,
    accessFile: AppendFile | null,
    accessLine: AccessLogLine | null,
    logsSourceIp: boolean,
    executionFile: AppendFile | null,
    level: RouteDescription['loggingLevel'],
    dataTrace: boolean,
  ) {
    this.#clock = clock;
    this.#unlisted = unlisted;
    this.#series = series;
    this.#accessFile = accessFile;
    this.#accessLine = accessLine;
    this.#logsSourceIp = logsSourceIp;
    this.#executionFile = executionFile;
    this.#level = level;
    this.#dataTrace = dataTrace;
  }

  executionLog(exchange: Exchange): ExecutionLog | null {
    // Called when the exchange begins, and the only such call: after the end the socket no longer knows its peer.
    if (this.#logsSourceIp) exchange.sourceIp();
    if (this.#executionFile === null || this.#level === 'OFF') return null;
    return new GatheredLog(exchange, this.#level, this.#dataTrace, this.#clock);
  }

  finished(exchange: Exchange): void {
    if (exchange.endedNs === 0) exchange.endedNs = this.#clock.monotonicNs();
    // AWS shows a body above the limit in no metric and no access log: it is refused in front of the API.
    if (exchange.errorType === 'REQUEST_TOO_LARGE') this.#unlisted.finished();
    else {
      this.#count(exchange);
      if (this.#accessFile !== null) this.#accessFile.append(this.#accessLine!(exchange), 1);
    }
    if (this.#executionFile !== null && exchange.log !== null)
      (exchange.log as GatheredLog).writeTo(
        this.#executionFile,
        `Method completed with status: ${exchange.responseStatus}`,
      );
  }

  #count(exchange: Exchange): void {
    const series = this.#series;
    const status = exchange.responseStatus;
    series.count++;
    if (status >= 500) series.errors5xx++;
    else if (status >= 400) series.errors4xx++;
    if (exchange.wasAborted) series.aborted++;
    series.latency.recordNs(exchange.endedNs - exchange.startedNs);
    if (exchange.integrationStartedNs !== 0 && exchange.integrationEndedNs !== 0)
      series.integrationLatency.recordNs(exchange.integrationEndedNs - exchange.integrationStartedNs);
  }
}

class UnlistedRecorder implements RouteRecorder {
  count = 0;

  executionLog(): null {
    return null;
  }

  finished(): void {
    this.count++;
  }
}
