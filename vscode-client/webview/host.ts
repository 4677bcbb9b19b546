// Who hosts a page: VS Code's webview, or whatever else can answer. Pages know nothing but this.

import type { Ask, Told } from './messages';
import type { Texts } from './texts';

/** Why something was not done. */
export class Refused extends Error {
  /** @param reason the server's name for it, such as `changed_meanwhile`; undefined where it has none. */
  constructor(
    text: string,
    readonly reason: string | undefined,
  ) {
    super(text);
  }
}

export interface Host {
  /** The texts of the page in the person's language. */
  readonly texts: Texts;
  /** Asks; rejects with a Refused whose message can be shown. */
  request<T>(ask: Ask): Promise<T>;
  /** Hears what the host tells by itself, until the function that is returned is called. */
  subscribe(listener: (told: Told) => void): () => void;
  /** What the page has kept, for when it is made anew; undefined when that is nothing. */
  load(): unknown;
  /** Keeps a plain value. */
  keep(value: unknown): void;
}
