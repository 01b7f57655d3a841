// Later: what pools need of timers, so that a simulation can be the time.

export interface Scheduler {
  /** Lets `act` happen once. @returns what takes it back */
  after(delayMs: number, act: () => void): () => void;
}

/** Timers of this process; none of them keeps it alive. */
export const systemScheduler: Scheduler = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
