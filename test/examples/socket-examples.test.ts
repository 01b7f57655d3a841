// The chat and the exchange as `make run` serves them: over their WebSocket APIs, and in a real browser where there is one.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { dataFolder } from '../supervisor/sluice.ts';
import { openSocket, type TestSocket } from '../support/websocket-api.ts';

const script = fileURLToPath(new URL('../../bin/sluice', import.meta.url));
const screens = fileURLToPath(new URL('../../build/screens/', import.meta.url));

interface Example {
  readonly page: string;
  readonly url: string;
}

/** `sluice example` on free ports; it ends with the test. */
async function startExamples(t: TestContext): Promise<{ chat: Example; trading: Example }> {
  const ports = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--management-port', '0'];
  const child = spawn(script, ['example', '--data-dir', dataFolder(t), ...ports]);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill('SIGINT');
    await closed;
  });
  const gone = closed.then(() => assert.fail(text));
  gone.catch(() => {});
  while (!text.includes('Ctrl-C ends it.')) await Promise.race([once(child.stdout, 'data'), gone]);
  const found = [...text.matchAll(/(http:\S+\/) {3}(ws:\S+)/g)].map(([, page, url]) => ({
    page: page!,
    url: url!,
  }));
  assert.equal(found.length, 2, text);
  return { chat: found[0]!, trading: found[1]! };
}

type Message = Record<string, unknown> & { readonly type: string };

/** The next message of a type; others are passed over. */
async function nextOf(socket: TestSocket, type: string): Promise<Message> {
  for (;;) {
    const message = JSON.parse(await socket.next()) as Message;
    if (message.type === type) return message;
  }
}

async function enter(t: TestContext, { page }: Example, name: string): Promise<TestSocket> {
  const response = await fetch(`${page}token?name=${name}`, { method: 'POST' });
  const { url, token } = (await response.json()) as { url: string; token: string };
  return await openSocket(t, `${url}?token=${token}`);
}

async function chats(t: TestContext, chat: Example): Promise<void> {
  await assert.rejects(openSocket(t, `${chat.url}?token=forged.token`));
  await assert.rejects(openSocket(t, chat.url));
  const ann = await enter(t, chat, 'Ann');
  const bob = await enter(t, chat, 'Bob');
  ann.send({ action: 'join', room: 'blue' });
  const annId = (await nextOf(ann, 'welcome')).id;
  bob.send({ action: 'join', room: 'blue' });
  const { id: bobId, name } = await nextOf(ann, 'joined');
  assert.equal(name, 'Bob');
  ann.send({ action: 'greet', to: bobId, room: 'blue' });
  assert.deepEqual(await nextOf(bob, 'present'), { type: 'present', room: 'blue', id: annId, name: 'Ann' });
  bob.send({ action: 'say', room: 'blue', text: 'hello' });
  for (const one of [ann, bob]) {
    const { text, id } = await nextOf(one, 'said');
    assert.deepEqual([text, id], ['hello', bobId]);
  }
  bob.send({ action: 'whisper', to: annId, text: 'psst' });
  assert.equal((await nextOf(ann, 'whispered')).text, 'psst');
  assert.equal((await nextOf(bob, 'heard')).to, annId);
  bob.send({ action: 'dance' });
  assert.match(String((await nextOf(bob, 'problem')).text), /^Known actions are join, leave/);
  bob.send({ action: 'leave', room: 'blue' });
  assert.equal((await nextOf(ann, 'left')).id, bobId);
  await nextOf(bob, 'goodbye');
  ann.send({ action: 'say', room: 'blue', text: 'alone' });
  await nextOf(ann, 'said');
  bob.socket.close();
  assert.equal((await nextOf(ann, 'gone')).id, bobId);
  ann.send({ action: 'whisper', to: bobId, text: 'there?' });
  assert.equal((await nextOf(ann, 'problem')).text, 'They have gone.');
}

async function trades(t: TestContext, { url }: Example): Promise<void> {
  const [maker, taker] = await Promise.all([openSocket(t, url), openSocket(t, url)]);
  maker.send({ action: 'watch', topic: 'book' });
  const book = await nextOf(maker, 'book');
  const [best] = (book.asks as [number, number][])[0]!;
  // Above everything that the market bids, at once the best to sell: only ours stands there.
  const bid = { action: 'order', side: 'buy', price: (best + 400) / 100, quantity: 5_000 };
  maker.send(bid);
  const { order } = await nextOf(maker, 'accepted');
  const { id, left } = order as { id: number; left: number };
  assert.ok(left > 0, 'it bought all that was on offer, and waits with the rest');
  taker.send({ action: 'order', side: 'sell', price: bid.price, quantity: 7 });
  assert.equal(((await nextOf(taker, 'accepted')).order as { filled: number }).filled, 7);
  const filled = await nextOf(maker, 'filled');
  assert.equal(filled.id, id);
  maker.send({ action: 'cancel', id });
  const { id: cancelled, done } = await nextOf(maker, 'cancelled');
  assert.deepEqual([cancelled, done], [id, true]);
  taker.send({ action: 'order', side: 'sideways', price: 1, quantity: 1 });
  assert.match(await taker.next(), /^\{"message":"Bad request body",/);
  taker.send({ action: 'order', side: 'buy', price: 999, quantity: 1 });
  assert.match(String((await nextOf(taker, 'refused')).reason), /is too far away from the market$/);
}

/** Debian's Chromium; as root it runs without its sandbox. */
const browserPath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim())
  .find((found) => found !== '');

/** What scripts of pages threw. */
const pageErrors: string[] = [];

async function openPage(browser: Browser, url: string, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  page.on('pageerror', (error) => pageErrors.push(`${url}: ${error.stack}`));
  await page.goto(url);
  return page;
}

async function enterRoom(page: Page, name: string): Promise<void> {
  await page.fill('#name', name);
  await page.click('text=Come in');
  await page.waitForSelector('#people li').catch(async (error: Error) => {
    // What the page says of it: a refusal, or how its connection is.
    assert.fail(`${name} is not in the room: ${await page.textContent('body')}\n${error.message}`);
  });
}

async function say(page: Page, text: string): Promise<void> {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

async function chatInBrowsers(browser: Browser, { page: url }: Example): Promise<void> {
  const [ann, bob] = await Promise.all([openPage(browser, url, 'light'), openPage(browser, url, 'dark')]);
  await ann.screenshot({ path: `${screens}chat-door.png` });
  await enterRoom(ann, 'Ann');
  await enterRoom(bob, 'Bob');
  // Each sees both.
  for (const page of [ann, bob]) await page.waitForSelector('#people li:nth-child(2)');
  await say(ann, 'Hello Bob, does this arrive?');
  await bob.waitForSelector('#messages >> text=does this arrive');
  await say(bob, 'It does. <b>No</b> markup, though.');
  await ann.waitForSelector('#messages >> text=<b>No</b> markup');
  await bob.click('#people button:has-text("Ann")');
  await say(bob, 'Only for you.');
  await ann.waitForSelector('#messages .whisper >> text=Only for you.');
  await bob.waitForSelector('#messages .whisper >> text=whispered to Ann');
  await ann.screenshot({ path: `${screens}chat-ann.png` });
  await bob.screenshot({ path: `${screens}chat-bob.png` });
  await bob.close();
  await ann.waitForSelector('#messages >> text=Bob has gone');
  assert.equal(await ann.locator('#people li').count(), 1);
  await ann.close();
}

async function tradeInBrowser(browser: Browser, { page: url }: Example): Promise<void> {
  const page = await openPage(browser, url, 'dark');
  await page.waitForSelector('#bids tr:nth-child(5)');
  const picture = (): Promise<string> =>
    page.evaluate("document.getElementById('depth').toDataURL()") as Promise<string>;
  const first = await picture();
  // The chart moves, twice.
  const moved = (before: string): Promise<unknown> =>
    page.waitForFunction(`document.getElementById('depth').toDataURL() !== ${JSON.stringify(before)}`);
  await moved(first);
  await moved(await picture());
  await page.fill('#price', '60');
  await page.fill('#quantity', '40');
  await page.click('#place');
  await page.waitForSelector('#mine >> text=40 at 60.00');
  await page.waitForSelector('#trades tr:nth-child(5)');
  await page.screenshot({ path: `${screens}trading.png` });
  await page.click('#mine button');
  await page.waitForSelector('#answer >> text=is cancelled');
  await page.close();
}

test('examples of WebSocket APIs', async (t) => {
  const { chat, trading } = await startExamples(t);
  await t.test('chat: rooms, whispers and goodbyes reach whom they are for, and a forged token nobody', (s) =>
    chats(s, chat),
  );
  await t.test('trading: orders are routed by their action, matched, and told to their owners', (s) =>
    trades(s, trading),
  );
  const skip = browserPath === undefined ? 'there is no Chromium here' : false;
  await t.test('pages: two browsers chat, and the depth chart moves', { skip }, async (s) => {
    mkdirSync(screens, { recursive: true });
    const browser = await chromium.launch({
      executablePath: browserPath!,
      // Containers have little shared memory, and root no sandbox.
      args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    });
    s.after(() => browser.close());
    await Promise.all([chatInBrowsers(browser, chat), tradeInBrowser(browser, trading)]);
    assert.deepEqual(pageErrors, []);
  });
});
