// What other rooms use of observability.

export { accessLogFormatProblems, compileAccessLogFormat } from './access-log-format.ts';
export {
  type AdminServer,
  type AdminServerOptions,
  createAdminServer,
  type Readiness,
} from './admin-server.ts';
export { bodyText, headersText, mapText, masked, queryText } from './log-text.ts';
export { createRecorder, type ProcessRecorder, type RecorderOptions } from './process-recorder.ts';
export { prometheusContentType, prometheusText } from './prometheus.ts';
export type { SocketSeriesStats, SocketStageStats, SocketStats } from './socket-stats.ts';
export {
  emptyStats,
  mergeStats,
  type ProcessFigures,
  type RecorderStats,
  retiredStats,
  type SeriesStats,
} from './stats.ts';
export { mergeUpstreams, type UpstreamTargetStats } from './upstream-stats.ts';
