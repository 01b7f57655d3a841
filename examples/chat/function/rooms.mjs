// All that happens in the rooms. There is no database: a room is a topic of the gateway, which knows who is in it and tells
// them all in one call; whispers go to one connection.

import { management } from './management.mjs';

const gateway = management(process.env);
const isName = (text) => typeof text === 'string' && /^[a-z0-9-]{1,30}$/.test(text);
const isText = (text) => typeof text === 'string' && text.trim() !== '' && text.length <= 2_000;

const topicOf = (room) => `room-${room}`;
/** Everybody hears who has gone: at the end of a connection it is in no room any more. */
const everybody = 'everybody';

const actions = {
  join: async ({ room }, me) => {
    if (!isName(room)) return problem('A room has a name of small letters, digits and hyphens.');
    // By a call of its own: who is told of us may answer at once, and we are to hear it.
    await gateway.join(me.id, topicOf(room));
    await gateway.publish(topicOf(room), { type: 'joined', room, ...me, at: Date.now() });
    return { answer: { type: 'welcome', room, ...me } };
  },

  leave: async ({ room }, me) => {
    if (!isName(room)) return problem('There is no such room.');
    await gateway.publish(topicOf(room), { type: 'left', room, ...me, at: Date.now() });
    return { answer: { type: 'goodbye', room }, topics: { leave: [topicOf(room)] } };
  },

  say: async ({ room, text }, me) => {
    if (!isName(room) || !isText(text)) return problem('Say a text of at most 2,000 characters in a room.');
    await gateway.publish(topicOf(room), { type: 'said', room, ...me, text, at: Date.now() });
    return null;
  },

  /** To one connection: nobody else sees it. */
  whisper: async ({ to, text }, me) => {
    if (typeof to !== 'string' || !isText(text)) return problem('Whisper a text to somebody.');
    const heard = await gateway.post(to, { type: 'whispered', ...me, text, at: Date.now() });
    return heard ? { answer: { type: 'heard', to, text, at: Date.now() } } : problem('They have gone.');
  },

  /** Who is in a room tells a newcomer: so the newcomer knows everybody, and nobody keeps a list. */
  greet: async ({ to, room }, me) => {
    if (typeof to === 'string' && isName(room)) await gateway.post(to, { type: 'present', room, ...me });
    return null;
  },
};

export async function handler({ requestContext, body }) {
  const { eventType, connectionId: id, authorizer } = requestContext;
  const me = { id, name: authorizer.name };
  if (eventType === 'CONNECT') {
    // The gateway does what an answer says of topics.
    return { statusCode: 200, topics: { join: [everybody] } };
  }
  if (eventType === 'DISCONNECT') {
    await gateway.publish(everybody, { type: 'gone', ...me, at: Date.now() });
    return { statusCode: 200 };
  }
  const { answer = null, topics } = (await act(body, me)) ?? {};
  return {
    statusCode: 200,
    ...(answer === null ? {} : { body: JSON.stringify(answer) }),
    ...(topics === undefined ? {} : { topics }),
  };
}

async function act(body, me) {
  let message;
  try {
    message = JSON.parse(body);
  } catch {
    return problem('A message is JSON.');
  }
  const action = Object.hasOwn(actions, message?.action) ? actions[message.action] : null;
  if (action === null) return problem(`Known actions are ${Object.keys(actions).join(', ')}.`);
  return await action(message, me);
}

const problem = (text) => ({ answer: { type: 'problem', text } });
