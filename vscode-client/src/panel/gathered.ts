// Changes that come in quick succession are read together. Nothing here knows VS Code.

import { Queue } from '../restarts';

const PAUSE_MS = 100;

/** Does a piece of work at once, and then once for all that is asked for until it has ended and a pause has passed. */
export class Gathered {
  private readonly queue = new Queue();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  dispose(): void {
    clearTimeout(this.timer);
  }

  ask(): void {
    void this.queue.run(async () => {
      await this.work();
      await new Promise((resolve) => {
        this.timer = setTimeout(resolve, PAUSE_MS);
      });
    });
  }
}
