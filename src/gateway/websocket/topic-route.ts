// Routes that need no backend: a message joins its connection to a topic, leaves one, or is published to one.

import type { SocketEvent } from '../../exchange/socket-event.ts';
import { compileSelection, noJson, valueAt } from '../../mapping/selection/selection-expression.ts';
import { isTopicTarget, readTopicTarget, type TopicTarget } from '../../resources/topic-target.ts';
import { topicProblem } from './management-path.ts';
import type { Published } from './node-connections.ts';
import { type Done, type RouteAnswer, type RouteResult, routeFailures, silence } from './route-result.ts';
import type { RunRoute } from './route-run.ts';
import type { Session } from './session.ts';
import { evaluate } from './templates.ts';

export { isTopicTarget };

/** @throws Error with one line when the target cannot be read */
export function compileTopicRoute(target: string, routeKey: string, isTwoWay: boolean): RunRoute {
  const read = readTopicTarget(target);
  if (typeof read === 'string') throw new Error(read);
  const topic = compileSelection(read.topic);
  const act = read.act === 'publish' ? compilePublish(read, routeKey, isTwoWay) : acts[read.act];
  return (event, done) => {
    const name = topic.constant ?? evaluate(topic, event, null);
    const problem = name === null ? 'the message is not JSON' : topicProblem(name);
    if (problem === null) act(event, name!, done);
    else refuse(event, problem, done);
  };
}

type Act = (event: SocketEvent, topic: string, done: Done<SocketEvent>) => void;

const acts: Readonly<Record<'join' | 'leave', Act>> = {
  join: (event, topic, done) => {
    if ((event.session as Session).join(topic)) done(event, answer({ topic, joined: true }));
    else done(event, routeFailures.throttled);
  },
  leave: (event, topic, done) => {
    (event.session as Session).leave(topic);
    done(event, answer({ topic, left: true }));
  },
};

function compilePublish({ message, ...options }: TopicTarget, routeKey: string, isTwoWay: boolean): Act {
  const isEvent = routeKey === '$connect' || routeKey === '$disconnect';
  if (message === null && isEvent)
    throw new Error(`Invalid target: ${routeKey} has no message to publish; name one with ?message=`);
  const messageOf = message === null ? wholeMessage : compileMessage(message);
  return (event, topic, done) => {
    const text = messageOf(event);
    if (text === null) {
      refuse(event, 'the message to publish is not there', done);
      return;
    }
    const session = event.session as Session;
    const published = session.hub.everywhere!.publish(session, topic, text, options);
    // Who waits for no answer is not made to wait: the members of this process have it, the others will in order.
    if (!isTwoWay || isEvent) done(event, silence);
    else void published.then((what) => done(event, confirmed(topic, what)));
  };
}

const wholeMessage = ({ text, isBinary }: SocketEvent): string | Uint8Array =>
  isBinary ? Buffer.from(text, 'base64') : text;

/** A member that is text is published as that text, another as JSON. */
function compileMessage(expression: string): (event: SocketEvent) => string | null {
  const selection = compileSelection(expression);
  const { bodyPath } = selection;
  if (bodyPath === null) return (event) => evaluate(selection, event, null);
  return (event) => {
    const json = event.json();
    const value = json === noJson ? undefined : valueAt(json, bodyPath);
    return typeof value === 'string' ? value : value === undefined ? null : JSON.stringify(value);
  };
}

function confirmed(topic: string, { unanswered, ...deliveries }: Published): RouteResult {
  return unanswered > 0 ? routeFailures.timeout : answer({ topic, ...deliveries });
}

const answer = (body: unknown): RouteAnswer => ({ ...silence, body: JSON.stringify(body) });

function refuse(event: SocketEvent, problem: string, done: Done<SocketEvent>): void {
  event.validationError = problem;
  event.log?.error(`Execution failed: ${problem}`);
  done(event, routeFailures.badBody);
}
