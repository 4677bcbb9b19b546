// What the server says of the rows of a tree, read with care: it may be older or newer than this client.

import type { Brief, KeptConflict } from '../../webview/shapes';

export type { Brief };

export interface FolderRow {
  readonly kind: 'folder';
  /** The workspace's URI. */
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly problem: string | null;
  /** Whether nothing can be below it; its state says why. */
  readonly isBare?: boolean;
}

export interface GroupRow {
  readonly kind: 'group';
  readonly key: string;
  readonly field: string;
  readonly value: string | number | null;
  readonly count: number;
  readonly category?: string;
  readonly issue?: Brief;
  /** A codicon, and a theme colour or `#rrggbb`, where the server names them. */
  readonly icon?: string | null;
  readonly color?: string | null;
}

export interface IssueRow {
  readonly kind: 'issue';
  readonly key: string;
  readonly relation: string | null;
  readonly issue: Brief;
  readonly isBlocked: boolean;
  readonly isReady: boolean;
  readonly isOverdue: boolean;
  /** Issues directly below it, and the finished ones of them. */
  readonly children: number;
  readonly finished: number;
  /** Unfinished issues that it waits for. */
  readonly waits: number;
}

export interface TodoRow {
  readonly kind: 'todo';
  readonly key: string;
  readonly uri: string;
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly tag: string;
  readonly text: string;
  readonly owner: string | null;
  /** The id that stands in it. */
  readonly id: string | null;
  /** Its issue, where there is one. */
  readonly issue: Brief | null;
  readonly external: string | null;
  readonly priority: number | null;
  readonly due: string | null;
  /** How its tag is shown, as in a group. */
  readonly icon?: string | null;
  readonly color?: string | null;
}

/** What is above all conflicts: there only while there are some. */
export interface ConflictsRow {
  readonly kind: 'conflicts';
  readonly key: string;
  readonly count: number;
}

export interface ConflictRow extends KeptConflict {
  readonly kind: 'conflict';
  readonly key: string;
  /** The issue's. */
  readonly title: string;
}

export interface MoreRow {
  readonly kind: 'more';
  readonly key: 'more';
}

export type Row = FolderRow | GroupRow | IssueRow | TodoRow | ConflictsRow | ConflictRow | MoreRow;

/** Rows of one level, and whether there are more. */
export interface Level {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

export interface Answer {
  readonly total: number;
  /** Issues that can be worked on now. */
  readonly ready: number;
  readonly levels: readonly Level[];
}

const KINDS = ['group', 'issue', 'todo', 'conflicts', 'conflict'];

/** The answer of a request for levels; throws when it has another form. */
export function answerOf(value: unknown): Answer {
  const { total, ready, levels } = recordOf(value);
  if (!Array.isArray(levels)) {
    throw other();
  }
  return { total: numberOf(total), ready: numberOf(ready ?? 0), levels: levels.map(levelOf) };
}

function levelOf(value: unknown): Level {
  const { rows, more } = recordOf(value);
  if (!Array.isArray(rows)) {
    throw other();
  }
  return { rows: rows.filter(isRow), more: more === true };
}

/** The rows of kinds that are known here; others are of a newer server, and are left out. */
function isRow(value: unknown): value is Row {
  const { kind, key } = recordOf(value);
  return typeof key === 'string' && typeof kind === 'string' && KINDS.includes(kind);
}

/** The open workspaces; throws when the answer has another form. */
export function foldersOf(value: unknown): FolderRow[] {
  if (!Array.isArray(value)) {
    throw other();
  }
  return value.map((one) => {
    const { workspace, name, state, problem } = recordOf(one);
    return {
      kind: 'folder',
      key: String(workspace),
      name: String(name),
      state: String(state),
      problem: typeof problem === 'string' ? problem : null,
    };
  });
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw other();
  }
  return value as Record<string, unknown>;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') {
    throw other();
  }
  return value;
}

function other(): Error {
  return new Error('the language server answered in another form than this version of the extension expects');
}
