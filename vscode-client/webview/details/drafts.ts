// What is typed on a page and not saved yet.

import type { Host } from '../host';

/** Characters from which on a text that is edited costs time: all drafts together are not kept with every key then. */
export const LARGE = 50_000;
const REST_MS = 500;

/** What an edited text is taken to replace after a refusal: another one only when that is what the person was told. */
export function seenAfter(reason: string | undefined, seen: string, current: string): string {
  return reason === 'changed_meanwhile' ? current : seen;
}

/** Texts by name, kept by the host for when the page is made anew. */
export class Drafts {
  private readonly kept: Record<string, string>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: Host) {
    const found = host.load();
    this.kept = {};
    if (typeof found === 'object' && found !== null) {
      for (const [name, text] of Object.entries(found)) {
        if (typeof text === 'string') {
          this.kept[name] = text;
        }
      }
    }
  }

  get(name: string): string | undefined {
    return Object.hasOwn(this.kept, name) ? this.kept[name] : undefined;
  }

  /** Keeps a text; undefined forgets it. */
  set(name: string, text: string | undefined): void {
    if (text === undefined) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete this.kept[name];
    } else {
      this.kept[name] = text;
    }
    this.keepSoon();
  }

  /** The names of all that is kept. */
  get names(): string[] {
    return Object.keys(this.kept);
  }

  /** Large texts are handed over when somebody pauses: each key would copy all of them. */
  private keepSoon(): void {
    clearTimeout(this.timer);
    const size = Object.values(this.kept).reduce((sum, text) => sum + text.length, 0);
    if (size <= LARGE) {
      this.host.keep({ ...this.kept });
    } else {
      this.timer = setTimeout(() => {
        this.host.keep({ ...this.kept });
      }, REST_MS);
    }
  }
}
