// The host within VS Code: messages between the webview and the extension.

import { Refused, type Host } from './host';
import { responseOf, type Ask, type Told } from './messages';
import { translated, type Texts } from './texts';

interface Api {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Api;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** The host of a page whose root element holds the setup. */
export class VsCodeHost implements Host {
  readonly texts: Texts;
  private readonly api = acquireVsCodeApi();
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Set<(told: Told) => void>();
  private last = 0;
  private hasDropped = false;

  constructor(translations: unknown) {
    this.texts = translated(translations);
    window.addEventListener('message', (event) => {
      this.hear(event);
    });
  }

  request<T>(ask: Ask): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const id = ++this.last;
      this.waiting.set(id, { resolve, reject });
      this.api.postMessage({ kind: 'request', id, ask });
    });
  }

  subscribe(listener: (told: Told) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  load(): unknown {
    const state = this.api.getState();
    return typeof state === 'object' && state !== null && 'page' in state ? state.page : undefined;
  }

  keep(value: unknown): void {
    const state = this.api.getState();
    this.api.setState({ ...(typeof state === 'object' ? state : {}), page: value });
  }

  /** Notes what the panel is of, for when VS Code makes it anew after a reload. */
  note(panel: unknown): void {
    const state = this.api.getState();
    this.api.setState({ ...(typeof state === 'object' ? state : {}), panel });
  }

  /** Tells of a message that is none, of the first one only. */
  private drop(): void {
    if (!this.hasDropped) {
      this.hasDropped = true;
      console.warn('Issuelens: the page was sent a message that it does not know. It and further ones are dropped.');
    }
  }

  private hear(event: MessageEvent): void {
    // VS Code hands messages on from within the same page; what another frame sends is dropped.
    const message = event.origin === window.origin ? responseOf(event.data) : undefined;
    if (message === undefined) {
      this.drop();
      return;
    }
    if (message.kind === 'changed' || message.kind === 'server') {
      this.listeners.forEach((listener) => {
        listener(message);
      });
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.kind === 'answer') {
      waiting?.resolve(message.result as never);
    } else {
      waiting?.reject(new Refused(message.text, message.reason));
    }
  }
}
