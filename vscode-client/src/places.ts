// Places in a document as the server tells them, and what is next to them. Nothing here knows VS Code.

/** 0-based, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Place;
  readonly end: Place;
}

export interface TodoMark {
  readonly range: Range;
  readonly tag: string;
  readonly color: string | null;
  readonly icon: string | null;
  readonly state: 'untracked' | 'tracked' | 'finished';
  readonly issue: string | null;
}

export interface IdMark {
  readonly range: Range;
  readonly issue: string;
  readonly title: string;
  readonly status: string;
  readonly category: string;
}

/** What one version of a document holds. */
export interface Marks {
  readonly version: number;
  readonly todos: readonly TodoMark[];
  readonly ids: readonly IdMark[];
}

/** Whether a range of one line holds a place, its end included. */
export function covers(range: Range, place: Place): boolean {
  return range.start.line === place.line && range.start.character <= place.character && place.character <= range.end.character;
}

/** The lines that are meant: those selected, unless the number of another line was clicked. */
export function linesMeant({ start, end }: Range, clicked: number | undefined): Range {
  // A selection that ends before a line does not mean that line.
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  if (clicked !== undefined && (clicked < start.line || clicked > last)) {
    return wholeLines(clicked, clicked);
  }
  return wholeLines(start.line, last);
}

/** A column in UTF-16 units, of one in code points. */
export function columnIn(line: string, points: number): number {
  return Array.from(line).slice(0, points).join('').length;
}

function wholeLines(first: number, last: number): Range {
  return { start: { line: first, character: 0 }, end: { line: last, character: 0 } };
}

/** The TODO behind a place, or before it; from the other end when there is none. */
export function nextTodo(todos: readonly TodoMark[], from: Place, isBackwards: boolean): TodoMark | undefined {
  if (isBackwards) {
    return todos.filter(({ range }) => isBefore(range.start, from)).at(-1) ?? todos.at(-1);
  }
  return todos.find(({ range }) => isBefore(from, range.start)) ?? todos[0];
}

function isBefore(one: Place, other: Place): boolean {
  return one.line < other.line || (one.line === other.line && one.character < other.character);
}

export interface Drawn {
  readonly gutter: boolean;
  readonly overviewRuler: boolean;
  readonly tags: boolean;
  readonly ids: boolean;
}

/** What is drawn alike: a tag of some colour, or ids of issues in some state. */
export type Kind = `tag ${string}` | 'todo' | 'doing' | 'done' | 'line';

/** Marks by how they are drawn. Lines with an issue or a TODO are those that have a sign beside them, each once. */
export function byKind(marks: Marks, drawn: Drawn): Map<Kind, Range[]> {
  const found = new Map<Kind, Range[]>();
  const add = (kind: Kind, range: Range): void => {
    const ranges = found.get(kind) ?? [];
    ranges.push(range);
    found.set(kind, ranges);
  };
  for (const todo of drawn.tags || drawn.overviewRuler ? marks.todos : []) {
    add(`tag ${todo.color ?? ''}`, todo.range);
  }
  for (const one of drawn.ids ? marks.ids : []) {
    add(one.category === 'done' || one.category === 'doing' ? one.category : 'todo', one.range);
  }
  const lines = new Map((drawn.gutter ? [...marks.ids].reverse() : []).map(({ range }) => [range.start.line, range]));
  for (const [, range] of [...lines].sort(([one], [other]) => one - other)) {
    add('line', range);
  }
  return found;
}
