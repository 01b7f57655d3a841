// Posts to a connection whose handshake is under way: sent in order when it is done.

const postsMax = 1_000;
const bytesMax = 1_048_576;

export class HeldPosts {
  readonly messages: Uint8Array[] = [];
  #bytes = 0;

  /** @param message - must not change any more */
  add(message: Uint8Array): 'buffered' | 'overflow' {
    if (this.messages.length >= postsMax || this.#bytes + message.byteLength > bytesMax) return 'overflow';
    this.messages.push(message);
    this.#bytes += message.byteLength;
    return 'buffered';
  }
}
