// One web ACL at work: the walk through its rules, and what comes of it. What cannot be evaluated is refused.

import type { Clock } from '../base/clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Outcome } from '../exchange/phase.ts';
import type { Tools } from '../exchange/tools.ts';
import type { FirewallVerdict, SampledRequest } from '../resources/index.ts';
import type { Action, CustomAnswer } from './actions.ts';
import { addLabel } from './address-statements.ts';
import type { CompiledWebAcl } from './compile-web-acl.ts';
import { bodyWanted, Inspection } from './inspection.ts';
import { type RuleCounts, sampledHeaders } from './rule-counts.ts';
import type { Step } from './step.ts';

/** What the phase is handed. */
export type FirewallPhaseTools = Pick<Tools, 'settle'> & { readonly clock: Clock };

const evaluationFailed = 'There was an error evaluating the AWS WAF rules associated with this API';

/** Judges one request: undefined lets it on. */
export function judge(
  exchange: Exchange,
  webAcl: CompiledWebAcl,
  tools: FirewallPhaseTools,
): Outcome | Promise<Outcome> {
  const inspection = new Inspection(exchange, webAcl.viewCount, webAcl.bodyBytesMax);
  return walk(inspection, webAcl, 0, tools);
}

/** Of a web ACL that is not there, or cannot be compiled. @param reason - for the log */
export function refuseUnevaluated(
  exchange: Exchange,
  webAclArn: string,
  reason: string,
  { clock }: FirewallPhaseTools,
): Outcome {
  exchange.errorMessage = evaluationFailed;
  const endedNs = clock.monotonicNs();
  exchange.firewall = { webAclArn, responseCode: null, status: 500, error: evaluationFailed, endedNs };
  exchange.log?.error(`Web ACL "${webAclArn}" cannot be evaluated${reason}: every request is refused`);
  return failures.internal;
}

function walk(
  inspection: Inspection,
  webAcl: CompiledWebAcl,
  from: number,
  tools: FirewallPhaseTools,
): Outcome | Promise<Outcome> {
  const { steps } = webAcl;
  for (let i = from; i < steps.length; ) {
    const step = steps[i]!;
    let isMatch: boolean;
    try {
      isMatch = step.test.matches(inspection);
    } catch (error) {
      if (error === bodyWanted) return withBody(inspection, webAcl, i, tools);
      refuseUnevaluated(inspection.exchange, webAcl.arn, '', tools);
      // The outermost frame tells of it, and answers 500.
      throw error;
    }
    if (!isMatch) {
      i++;
      continue;
    }
    for (const label of step.labels) addLabel(inspection, label);
    const { action, counts } = step;
    if (action.kind !== 'COUNT') return end(inspection, webAcl, action, counts, step, tools);
    inspection.insertedHeaders.push(...action.inserts);
    count(counts, 'COUNT', inspection, step, null);
    i = step.next;
  }
  return end(inspection, webAcl, webAcl.defaultAction, webAcl.defaultCounts, null, tools);
}

/** Goes on at rule `at` when the whole body is there. */
function withBody(
  inspection: Inspection,
  webAcl: CompiledWebAcl,
  at: number,
  tools: FirewallPhaseTools,
): Promise<Outcome> {
  const { exchange } = inspection;
  return new Promise<Outcome>((resolve, reject) => {
    exchange.downstream.body!.collect((bytes) => {
      exchange.requestBody = bytes;
      // null: the client has gone, or was told that it sends too much.
      if (bytes === null) {
        resolve('answered');
        return;
      }
      try {
        resolve(walk(inspection, webAcl, at, tools));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function end(
  inspection: Inspection,
  webAcl: CompiledWebAcl,
  action: Action,
  counts: RuleCounts,
  step: Step | null,
  tools: FirewallPhaseTools,
): Outcome {
  const { exchange } = inspection;
  const isAllowed = action.kind !== 'BLOCK';
  const answer = action.kind === 'BLOCK' ? action.answer : null;
  const status = isAllowed ? 200 : (answer?.status ?? failures.wafFiltered.status);
  exchange.firewall = {
    webAclArn: webAcl.arn,
    responseCode: isAllowed ? 'WAF_ALLOW' : 'WAF_BLOCK',
    status,
    error: null,
    endedNs: tools.clock.monotonicNs(),
  };
  if (action.kind !== 'BLOCK') inspection.insertedHeaders.push(...action.inserts);
  count(counts, isAllowed ? 'ALLOW' : 'BLOCK', inspection, step, isAllowed ? null : status);
  if (isAllowed) {
    insertHeaders(inspection, webAcl.insertedNames);
    return undefined;
  }
  exchange.log?.info(`Request blocked by web ACL "${webAcl.name}"`);
  return answer === null ? failures.wafFiltered : answerWith(exchange, answer, tools);
}

/** In place of the gateway response, which nobody may customise then. */
function answerWith(exchange: Exchange, answer: CustomAnswer, { settle }: FirewallPhaseTools): Outcome {
  exchange.errorMessage = failures.wafFiltered.message;
  exchange.errorType = failures.wafFiltered.type;
  exchange.responseStatus = answer.status;
  exchange.responseHeaders = answer.headers;
  exchange.responseBody = answer.body;
  settle(exchange, undefined);
  return 'answered';
}

/**
 * A field of the client's by a name that rules of this web ACL put in goes, whether one did or not: backends believe
 * such fields.
 */
function insertHeaders(
  { exchange, insertedHeaders: inserted }: Inspection,
  names: ReadonlySet<string>,
): void {
  if (names.size === 0) return;
  const headers: string[] = [];
  for (let i = 0; i < exchange.headers.length; i += 2)
    if (!names.has(exchange.headers[i]!)) headers.push(exchange.headers[i]!, exchange.headers[i + 1]!);
  exchange.headers = [...headers, ...inserted];
}

function count(
  counts: RuleCounts,
  verdict: FirewallVerdict,
  { exchange, labels, insertedHeaders }: Inspection,
  step: Step | null,
  status: number | null,
): void {
  const sample = (weight: number): SampledRequest => ({
    atMs: exchange.startedMs,
    clientIp: exchange.sourceIp(),
    uri: exchange.address.path.slice(0, 1_024),
    method: exchange.request.method,
    headers: sampledHeaders(exchange),
    weight,
    action: verdict,
    labels: [...labels],
    ruleWithinGroup: counts.groupName === null ? null : counts.ruleName,
    overridden: step?.overridden ?? null,
    inserted: insertedHeaders.filter((_, i) => i % 2 === 0),
    status,
  });
  counts.add(verdict, exchange.startedNs, sample);
}
