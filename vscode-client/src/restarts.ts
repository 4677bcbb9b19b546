// Guards against a server that ends as soon as it is started, and against two starts at once.

/** Says whether to start a server again after it ended by itself. */
export class CrashGuard {
  private readonly ends: number[] = [];

  /** At most `limit` ends within `windowMs`. */
  constructor(
    private readonly limit = 5,
    private readonly windowMs = 180_000,
  ) {}

  /** Notes an end; false when there were too many of late. */
  mayRestart(now: number): boolean {
    this.ends.push(now);
    while (this.ends[0] !== undefined && now - this.ends[0] > this.windowMs) {
      this.ends.shift();
    }
    return this.ends.length <= this.limit;
  }

  /** Forgets earlier ends: a person has asked for a start. */
  reset(): void {
    this.ends.length = 0;
  }
}

/** Runs one piece of work after the other; asked for again meanwhile, the next runs once. */
export class Queue {
  private running: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;

  /** Resolves when a run that began after this call has ended. */
  run(work: () => Promise<void>): Promise<void> {
    if (this.waiting !== undefined) {
      return this.waiting;
    }
    if (this.running === undefined) {
      return (this.running = this.guarded(work));
    }
    this.waiting = this.running.then(
      () => this.next(work),
      () => this.next(work),
    );
    return this.waiting;
  }

  private next(work: () => Promise<void>): Promise<void> {
    this.waiting = undefined;
    return (this.running = this.guarded(work));
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      this.running = undefined;
    }
  }
}
