// The one address that all open connections come from, when there is only one: behind a load balancer or a
// sidecar there is. Asking the socket costs a system call and an ArrayBuffer, 1.1 us a request (a fifth of a
// mock's whole cost); asking once per connection costs next to nothing.

export class OnlyPeer {
  #address: string | null = null;
  #areMany = false;
  #connectionCount = 0;

  /** Textual IP of every open connection's peer, or null when they differ or none is known. */
  get address(): string | null {
    return this.#areMany ? null : this.#address;
  }

  /** @param addressOf - reads the new connection's address; called only while all were the same */
  opened(addressOf: () => string): void {
    this.#connectionCount++;
    if (this.#areMany) return;
    const address = addressOf();
    this.#address ??= address;
    if (address !== this.#address || address === '') this.#areMany = true;
  }

  /** A closed connection cannot tell its address any more; so a new beginning is only made when none is open. */
  closed(): void {
    if (--this.#connectionCount > 0) return;
    this.#address = null;
    this.#areMany = false;
  }
}
