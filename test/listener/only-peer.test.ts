import assert from 'node:assert/strict';
import test from 'node:test';
import { OnlyPeer } from '../../src/gateway/listener/only-peer.ts';

test('only peer: one address is told as long as every open connection has it', () => {
  const peer = new OnlyPeer();
  assert.equal(peer.address, null);
  peer.opened(() => '10.0.0.1');
  peer.opened(() => '10.0.0.1');
  assert.equal(peer.address, '10.0.0.1');
  peer.closed();
  assert.equal(peer.address, '10.0.0.1');
});

test('only peer: a second address ends it until the last connection is closed', () => {
  const peer = new OnlyPeer();
  peer.opened(() => '10.0.0.1');
  peer.opened(() => '10.0.0.2');
  assert.equal(peer.address, null);
  peer.closed();
  peer.opened(() => '10.0.0.1');
  assert.equal(peer.address, null);
  peer.closed();
  peer.closed();
  peer.opened(() => '10.0.0.2');
  assert.equal(peer.address, '10.0.0.2');
});

test('only peer: an address that cannot be read is never told of others', () => {
  const peer = new OnlyPeer();
  peer.opened(() => '');
  peer.opened(() => '10.0.0.1');
  assert.equal(peer.address, null);
});
