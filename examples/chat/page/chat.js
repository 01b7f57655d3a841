// The page of the chat: one WebSocket; what comes over it is shown, what is typed is sent.

const $ = (id) => document.getElementById(id);
const make = (name, props = {}, ...children) => {
  const element = Object.assign(document.createElement(name), props);
  element.append(...children);
  return element;
};

/** Room -> who is in it (id -> name), what was said, how much of it nobody has looked at. */
const rooms = new Map();
let current = '';
let socket = null;
let me = { id: '', name: '' };
let whisperTo = null;
let wantsOut = false;

$('enter').addEventListener('submit', async (event) => {
  event.preventDefault();
  const name = $('name').value;
  const response = await fetch(`/token?name=${encodeURIComponent(name)}`, { method: 'POST' });
  if (!response.ok) return refuse(await response.text());
  open(await response.json(), name.trim(), $('room').value);
});

function refuse(why) {
  $('refusal').textContent = why;
  $('refusal').hidden = false;
}

let retries = 0;

function open({ url, token }, name, firstRoom) {
  me = { id: '', name };
  socket = new WebSocket(`${url}?token=${encodeURIComponent(token)}`);
  let wasOpen = false;
  socket.addEventListener('open', () => {
    wasOpen = true;
    retries = 0;
    $('door').hidden = true;
    $('chat').hidden = false;
    state('open', 'connected');
    // After a new start of the gateway all rooms are joined again.
    for (const room of rooms.size === 0 ? [firstRoom] : rooms.keys()) send({ action: 'join', room });
    $('text').focus();
  });
  socket.addEventListener('message', ({ data }) => got(JSON.parse(data)));
  socket.addEventListener('close', ({ code }) => {
    if (wantsOut) return;
    if (!wasOpen && rooms.size === 0) return refuse('The door is closed: the gateway did not let you in.');
    state('closed', `gone (${code}), trying again`);
    for (const room of rooms.values()) room.people.clear();
    setTimeout(() => open({ url, token }, name, firstRoom), Math.min(10_000, 500 * 2 ** retries++));
  });
}

const send = (message) => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
};

function state(kind, text) {
  $('state').className = `state ${kind}`;
  $('state').textContent = text;
}

const handlers = {
  welcome: ({ room, id, name }) => {
    me = { id, name };
    roomOf(room).people.set(id, name);
    show(room);
  },
  joined: ({ room, id, name, at }) => {
    roomOf(room).people.set(id, name);
    // Our own comes before the welcome that tells who we are.
    if (id === me.id || (me.id === '' && name === me.name)) return;
    news(room, `${name} has come in`, at);
    send({ action: 'greet', to: id, room });
  },
  present: ({ room, id, name }) => roomOf(room).people.set(id, name),
  left: ({ room, id, name, at }) => {
    if (rooms.get(room)?.people.delete(id)) news(room, `${name} has left`, at);
  },
  gone: ({ id, name, at }) => {
    for (const [room, { people }] of rooms) if (people.delete(id)) news(room, `${name} has gone`, at);
    if (whisperTo?.id === id) setWhisper(null);
  },
  goodbye: ({ room }) => {
    rooms.delete(room);
    current = [...rooms.keys()][0] ?? '';
  },
  said: ({ room, id, name, text, at }) => add(room, { id, name, text, at }),
  whispered: ({ id, name, text, at }) => add(current, { id, name, text, at, isWhisper: true }),
  heard: ({ to, text, at }) =>
    add(current, { id: me.id, name: me.name, text, at, isWhisper: true, to: nameOf(to) }),
  problem: ({ text }) => news(current, text, Date.now(), true),
};

function got(message) {
  if (message.type === undefined)
    news(current, message.message ?? 'The gateway said something unknown', Date.now(), true);
  else handlers[message.type]?.(message);
  draw();
}

function roomOf(room) {
  if (!rooms.has(room)) rooms.set(room, { people: new Map(), said: [], unread: 0 });
  return rooms.get(room);
}

const nameOf = (id) => [...rooms.values()].map(({ people }) => people.get(id)).find(Boolean) ?? 'somebody';

function add(room, entry) {
  if (room === '') return;
  const { said } = roomOf(room);
  said.push(entry);
  if (said.length > 500) said.shift();
  if (room !== current) roomOf(room).unread++;
}

const news = (room, text, at, isProblem = false) => add(room, { isNews: true, isProblem, text, at });

function show(room) {
  current = room;
  roomOf(room).unread = 0;
  draw();
}

function setWhisper(person) {
  whisperTo = person;
  $('to').hidden = person === null;
  $('to').textContent = person === null ? '' : `whisper to ${person.name} ✕`;
  $('text').placeholder = person === null ? 'Say something' : `Only ${person.name} will see it`;
  $('text').focus();
}

function draw() {
  $('rooms').replaceChildren(
    ...[...rooms].map(([room, { unread }]) => {
      const button = make('button', { type: 'button', onclick: () => show(room) }, room);
      if (unread > 0) button.append(make('span', { className: 'unread', textContent: unread }));
      const item = make('li', {}, button);
      if (room === current) item.setAttribute('aria-current', 'true');
      return item;
    }),
  );
  const { people, said } = rooms.get(current) ?? { people: new Map(), said: [] };
  $('count').textContent = people.size || '';
  const sorted = [...people].sort(([, a], [, b]) => a.localeCompare(b));
  $('people').replaceChildren(
    ...sorted.map(([id, name]) => {
      const isMe = id === me.id;
      const button = make('button', {
        type: 'button',
        disabled: isMe,
        title: isMe ? '' : `Whisper to ${name}`,
        onclick: () => setWhisper({ id, name }),
      });
      button.append(face(name), name, isMe ? make('span', { className: 'me', textContent: '(you)' }) : '');
      return make('li', {}, button);
    }),
  );
  $('title').textContent = current === '' ? 'Join a room' : `# ${current}`;
  $('leave').hidden = current === '';
  $('messages').replaceChildren(...said.map((entry, i) => line(entry, said[i - 1])));
  $('messages').scrollTop = $('messages').scrollHeight;
}

const time = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

function line(entry, before) {
  const { id, name, text, at, isWhisper, isNews, isProblem, to } = entry;
  if (isNews) return make('li', { className: `news${isProblem ? ' problem' : ''}`, textContent: text });
  const isMine = id === me.id;
  const isMore =
    before !== undefined &&
    !before.isNews &&
    before.id === id &&
    !before.isWhisper &&
    !isWhisper &&
    at - before.at < 120_000;
  const who = make('span', { className: 'who' });
  const how = isWhisper ? (isMine ? `whispered to ${to}, ` : 'whispered, ') : '';
  who.append(...(isMine ? [] : [make('b', { textContent: name }), ' ']), `${how}${time(at)}`);
  const classes = [isMine && 'mine', isWhisper && 'whisper', isMore && 'more'].filter(Boolean).join(' ');
  return make(
    'li',
    { className: classes },
    face(name),
    who,
    make('span', { className: 'text', textContent: text }),
  );
}

/** A colour of one's own, dark enough for white letters. */
function face(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) | 0;
  const element = make('span', { className: 'face', textContent: [...name][0].toUpperCase() });
  element.style.background = `oklch(52% 0.13 ${Math.abs(hash) % 360})`;
  return element;
}

$('join').addEventListener('submit', (event) => {
  event.preventDefault();
  if ($('other').value !== '') send({ action: 'join', room: $('other').value });
  $('other').value = '';
});
$('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('text').value;
  if (text.trim() === '') return;
  if (whisperTo !== null) send({ action: 'whisper', to: whisperTo.id, text });
  else if (current !== '') send({ action: 'say', room: current, text });
  $('text').value = '';
});
$('to').addEventListener('click', () => setWhisper(null));
$('leave').addEventListener('click', () => send({ action: 'leave', room: current }));
addEventListener('beforeunload', () => {
  wantsOut = true;
});
