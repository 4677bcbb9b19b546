// Guards against a server that ends as soon as it is started, against two starts at once, and against two servers.

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

  /** Whether the work was asked for again, and will run once more. */
  get isAskedAgain(): boolean {
    return this.waiting !== undefined;
  }

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

/** How something is started and ended. */
export interface Life<T> {
  /** Starts one and hands it to `hold`; looks at `isWanted` after each wait. */
  readonly start: () => Promise<void>;
  readonly end: (one: T) => Promise<void>;
  /** Hears why one could not be ended. */
  readonly failed: (error: unknown) => void;
  /** Hears why one could not be started. */
  readonly notStarted: (error: unknown) => void;
}

/** Owns at most one of something: starting anew ends the one before, and comes to a start however that end goes. */
export class AtMostOne<T> {
  private held: T | undefined;
  private isClosed = false;
  private readonly queue = new Queue();

  constructor(private readonly life: Life<T>) {}

  /** The one that is there. */
  get one(): T | undefined {
    return this.held;
  }

  /** Whether the one that is being started should be: not when the next start waits, and not after the end. */
  get isWanted(): boolean {
    return !this.isClosed && !this.queue.isAskedAgain;
  }

  /** Takes over what was started. */
  hold(one: T): void {
    this.held = one;
  }

  /** Ends what is there and starts another one; asked for several times meanwhile, it does so once. Never rejects. */
  renew(): Promise<void> {
    return this.queue.run(async () => {
      await this.leave();
      try {
        await (this.isWanted ? this.life.start() : undefined);
      } catch (error) {
        this.life.notStarted(error);
      }
    });
  }

  /** Ends what is there, for good. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.leave();
  }

  private async leave(): Promise<void> {
    const one = this.held;
    this.held = undefined;
    try {
      await (one === undefined ? undefined : this.life.end(one));
    } catch (error) {
      this.life.failed(error);
    }
  }
}
