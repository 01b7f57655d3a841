// What processes write, as whole lines of bounded length and rate.

export interface LogLinesOptions {
  readonly lineBytesMax: number;
  readonly bytesPerSecond: number;
  readonly nowMs: () => number;
  /** Whole lines, each with its newline. */
  readonly emit: (lines: string) => void;
}

const newline = 0x0a;

export class LogLines {
  readonly #options: LogLinesOptions;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** The rest of the line under way is thrown away. */
  #isCut = false;
  #second = 0;
  /** Bytes of the second. */
  #bytes = 0;
  #bytesDropped = 0;

  constructor(options: LogLinesOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    if (!this.#admit(chunk.length)) return;
    const last = chunk.lastIndexOf(newline);
    if (last < 0) {
      this.#keep(chunk);
      return;
    }
    let start = 0;
    if (this.#restBytes > 0) {
      start = chunk.indexOf(newline) + 1;
      this.#keep(chunk.subarray(0, start - 1));
      this.#endLine();
    }
    if (last >= start) this.#emitWhole(chunk.subarray(start, last + 1));
    this.#keep(chunk.subarray(last + 1));
  }

  /** The process has ended: a line without its end is a line. */
  end(): void {
    if (this.#restBytes > 0) this.#endLine();
    this.#tellDropped();
  }

  /** @returns false: more than may be written in a second */
  #admit(bytes: number): boolean {
    const second = Math.floor(this.#options.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#bytes = 0;
      this.#tellDropped();
    }
    if (this.#bytes > this.#options.bytesPerSecond) {
      this.#bytesDropped += bytes;
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  #tellDropped(): void {
    if (this.#bytesDropped === 0) return;
    this.#options.emit(
      `(${this.#bytesDropped} bytes of logs were dropped: more than ${this.#options.bytesPerSecond} in a second)\n`,
    );
    this.#bytesDropped = 0;
  }

  #keep(part: Buffer): void {
    if (part.length === 0 || this.#isCut) return;
    const room = this.#options.lineBytesMax - this.#restBytes;
    this.#rest.push(part.length > room ? part.subarray(0, room) : part);
    this.#restBytes += Math.min(part.length, room);
    this.#isCut = part.length > room;
  }

  #endLine(): void {
    const line = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest);
    this.#options.emit(`${line.toString()}${this.#isCut ? '... (the line was cut)' : ''}\n`);
    this.#rest = [];
    this.#restBytes = 0;
    this.#isCut = false;
  }

  /** @param lines - whole ones: only a very long one needs a closer look */
  #emitWhole(lines: Buffer): void {
    if (lines.length <= this.#options.lineBytesMax) {
      this.#options.emit(lines.toString());
      return;
    }
    for (let start = 0; start < lines.length; ) {
      const end = lines.indexOf(newline, start);
      this.#keep(lines.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
  }
}
