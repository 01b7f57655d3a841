// Requests that rules have matched lately, asked of the data planes.

import type { SampledRequest } from '../../resources/index.ts';
import { acts } from '../api/handler.ts';
import { invalidParameter } from '../protocol/wafv2/exceptions.ts';
import { checkScope, documentAt } from './documents.ts';
import type { WafHandlers } from './handlers.ts';

/** Older ones are not asked for. */
const hoursMax = 3;

export const samples = {
  'wafv2:GetSampledRequests': acts<'wafv2:GetSampledRequests'>(async (input, { store, dataPlanes, now }) => {
    checkScope(input.Scope);
    documentAt(store.view, 'webAcl', input.WebAclArn);
    const toMs = input.TimeWindow.EndTime * 1000;
    const fromMs = Math.max(input.TimeWindow.StartTime * 1000, Date.parse(now()) - hoursMax * 3_600_000);
    if (input.TimeWindow.StartTime > input.TimeWindow.EndTime)
      throw invalidParameter('The time window is not valid.', 'RESOURCE_ARN', 'TimeWindow');
    const found = await dataPlanes.sampledRequests({
      webAclArn: input.WebAclArn,
      metricName: input.RuleMetricName,
      fromMs,
      toMs,
    });
    const newest = found.toSorted((a, b) => b.atMs - a.atMs).slice(0, input.MaxItems);
    return {
      SampledRequests: newest.map(present),
      PopulationSize: found.reduce((sum, { weight }) => sum + weight, 0),
      TimeWindow: { StartTime: fromMs / 1000, EndTime: toMs / 1000 },
    };
  }),
} satisfies Partial<WafHandlers>;

const present = (sample: SampledRequest) => ({
  Request: {
    ClientIP: sample.clientIp,
    URI: sample.uri,
    Method: sample.method,
    HTTPVersion: 'HTTP/1.1',
    Headers: pairs(sample.headers),
  },
  Weight: sample.weight,
  Timestamp: sample.atMs / 1000,
  Action: sample.action,
  ...(sample.ruleWithinGroup === null ? {} : { RuleNameWithinRuleGroup: sample.ruleWithinGroup }),
  ...(sample.inserted.length === 0
    ? {}
    : { RequestHeadersInserted: sample.inserted.map((Name) => ({ Name, Value: '' })) }),
  ...(sample.status === null ? {} : { ResponseCodeSent: sample.status }),
  ...(sample.labels.length === 0 ? {} : { Labels: sample.labels.map((Name) => ({ Name })) }),
  ...(sample.overridden === null ? {} : { OverriddenAction: sample.overridden }),
});

const pairs = (flat: readonly string[]) =>
  Array.from({ length: flat.length / 2 }, (_, i) => ({ Name: flat[2 * i]!, Value: flat[2 * i + 1]! }));
