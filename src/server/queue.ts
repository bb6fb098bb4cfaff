/** The queue is full: the server is busy. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** Runs a bounded number of tasks at a time and lets a bounded number of others wait, first come, first served. */
export class TaskQueue {
  readonly #running: number;
  readonly #waiting: number;
  readonly #line: (() => void)[] = [];
  #active = 0;

  /** @param running - tasks at the same time, at least 1; `waiting` - tasks that can wait for their turn. */
  constructor(running: number, waiting: number) {
    this.#running = running;
    this.#waiting = waiting;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Runs `task` when its turn comes.
   *
   * @throws QueueFullError, at once, when too many are waiting; the reason of `signal` when it is aborted before the turn
   *   comes; what the task throws.
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#active >= this.#running) {
      if (this.#line.length >= this.#waiting) throw new QueueFullError('too many requests are waiting');
      await this.#turn(signal);
    } else {
      this.#active++;
    }
    try {
      return await task();
    } finally {
      // The place goes directly to the next in line, so no other task can take it.
      const next = this.#line.shift();
      if (next === undefined) this.#active--;
      else next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#line.splice(this.#line.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.push(enter);
    });
  }
}
