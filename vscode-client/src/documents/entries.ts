// What VS Code has of the documents that it reads and saves here. Nothing here knows VS Code, so that it can be tested.
//
// VS Code asks a person about a document that is newer than what it has read. So a document grows newer only when VS
// Code is to read it again: while somebody writes in it, what others change is merged by the server when it is saved.

export const SCHEME = 'issuelens';

export interface Stat {
  readonly ctime: number;
  readonly mtime: number;
  readonly size: number;
}

export class Entry {
  /** The document as VS Code has it and the issue has all of it; undefined for one that is no issue so far. */
  base: string | undefined;
  /** Whether the issue says something else than what was saved last. */
  isBehind = false;
  private readonly ctime: number;
  private mtime: number;
  private size = 0;

  constructor(
    readonly id: string | undefined,
    now: number,
  ) {
    this.ctime = now;
    this.mtime = now;
  }

  /** VS Code reads a text. */
  read(text: string): void {
    this.base = text;
    this.isBehind = false;
    this.size = sizeOf(text);
  }

  /** VS Code has saved a text; the issue is now as `current` says. */
  saved(text: string, current: string, now: number): void {
    this.base = text;
    this.isBehind = current !== text;
    this.size = sizeOf(text);
    this.grow(now);
  }

  /** Has VS Code read it again at the next occasion. */
  grow(now: number): void {
    this.mtime = Math.max(now, this.mtime + 1);
  }

  get stat(): Stat {
    return { ctime: this.ctime, mtime: this.mtime, size: this.size };
  }

  /** Whether a notification `issuelens/didChangeIssues` is about it. */
  isIn(ids: unknown): boolean {
    return this.id !== undefined && (!Array.isArray(ids) || ids.includes(this.id));
  }
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A value of a conflict, cut to what a message has room for. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
