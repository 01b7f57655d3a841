// Answers of one turn of the event loop. What is done in a turn is recorded together, in one write of the audit log, and
// answered after that: nobody reads an answer that the log does not know.

export class Turn {
  readonly #flush: () => void;
  #answers: (() => void)[] = [];
  readonly #end = (): void => {
    const answers = this.#answers;
    this.#answers = [];
    this.#flush();
    for (const answer of answers) answer();
  };

  /** @param flush - brings the turn's records to where they are kept; it must not throw */
  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** @param answer - called at the end of the turn, once; it must not throw */
  add(answer: () => void): void {
    if (this.#answers.push(answer) === 1) setImmediate(this.#end);
  }
}
