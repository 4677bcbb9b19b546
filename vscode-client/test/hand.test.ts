import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownFound } from '../src/issues';
import { byKind, columnIn, covers, linesMeant, nextTodo, type Drawn, type Marks, type TodoMark } from '../src/places';
import { statusOf, type SyncState } from '../src/states-shown';

const ALL: Drawn = { gutter: true, overviewRuler: true, tags: true, ids: true };

function todo(line: number, character = 2, color = 'charts.blue'): TodoMark {
  const range = { start: { line, character }, end: { line, character: character + 4 } };
  return { range, tag: 'TODO', color, icon: null, state: 'untracked', issue: null };
}

function id(line: number, character: number, category: string): Marks['ids'][number] {
  const range = { start: { line, character }, end: { line, character: character + 8 } };
  return { range, issue: 'app-1a2b', title: 'Round', status: 'open', category };
}

void test('the next TODO is the one behind the cursor, then the first one', () => {
  const todos = [todo(1), todo(4), todo(4, 20)];
  const line = (from: number, character: number, isBackwards: boolean): unknown => nextTodo(todos, { line: from, character }, isBackwards)?.range.start;
  assert.deepEqual(line(0, 0, false), { line: 1, character: 2 });
  assert.deepEqual(line(1, 2, false), { line: 4, character: 2 });
  assert.deepEqual(line(4, 2, false), { line: 4, character: 20 });
  assert.deepEqual(line(9, 0, false), { line: 1, character: 2 });
  assert.deepEqual(line(4, 20, true), { line: 4, character: 2 });
  assert.deepEqual(line(0, 0, true), { line: 4, character: 20 });
  assert.equal(nextTodo([], { line: 0, character: 0 }, false), undefined);
});

void test('a range holds its end, where the cursor stands behind a word', () => {
  const { range } = todo(3);
  assert.deepEqual(
    [1, 2, 6, 7].map((character) => covers(range, { line: 3, character })),
    [false, true, true, false],
  );
  assert.equal(covers(range, { line: 4, character: 3 }), false);
});

void test('columns behind an emoji are counted in UTF-16', () => {
  assert.equal(columnIn('# 🙂 app-1a2b', 4), 5);
  assert.equal(columnIn('# x', 2), 2);
  assert.equal(columnIn('short', 40), 5);
});

void test('the lines that an issue is about are those selected, unless the number of another one was clicked', () => {
  const lines = (start: [number, number], end: [number, number], clicked?: number): number[] => {
    const selection = { start: { line: start[0], character: start[1] }, end: { line: end[0], character: end[1] } };
    const meant = linesMeant(selection, clicked);
    return [meant.start.line, meant.end.line];
  };
  assert.deepEqual(lines([4, 2], [4, 2]), [4, 4]);
  assert.deepEqual(lines([2, 3], [5, 0]), [2, 4]);
  assert.deepEqual(lines([2, 3], [5, 1]), [2, 5]);
  assert.deepEqual(lines([2, 3], [5, 1], 3), [2, 5]);
  assert.deepEqual(lines([2, 3], [5, 0], 5), [5, 5]);
  assert.deepEqual(lines([2, 3], [2, 3], 0), [0, 0]);
});

void test('each kind of marks can be turned off, and a line has one sign', () => {
  const marks: Marks = { version: 1, todos: [todo(0), todo(2, 2, '#ff0000')], ids: [id(0, 7, 'doing'), id(0, 20, 'done'), id(5, 0, 'waiting')] };
  const kinds = (drawn: Partial<Drawn>): string[] => [...byKind(marks, { ...ALL, ...drawn })].map(([kind, ranges]) => `${kind} ${ranges.length}`);
  assert.deepEqual(kinds({}), ['tag charts.blue 1', 'tag #ff0000 1', 'doing 1', 'done 1', 'todo 1', 'line 2']);
  assert.deepEqual(kinds({ ids: false, gutter: false }), ['tag charts.blue 1', 'tag #ff0000 1']);
  assert.deepEqual(kinds({ tags: false }), kinds({}), 'the ruler still has them');
  assert.deepEqual(kinds({ tags: false, overviewRuler: false }), ['doing 1', 'done 1', 'todo 1', 'line 2']);
  assert.deepEqual(kinds({ tags: false, overviewRuler: false, ids: false, gutter: false }), []);
});

void test('many marks take linear time', () => {
  const marks: Marks = { version: 1, todos: Array.from({ length: 50_000 }, (_, line) => todo(line)), ids: [] };
  assert.equal(byKind(marks, ALL).get('tag charts.blue')?.length, 50_000);
});

void test('what is said of the server has the one thing to do', () => {
  const t = (text: string, ...words: string[]): string => text.replace(/\{(\d)\}/g, (_, at: string) => words[Number(at)] ?? '');
  const moment = (at: string): string => at.slice(11, 16);
  const open = { name: 'shop', state: 'open', problem: null };
  const said = (...words: Parameters<typeof statusOf> extends [infer P, infer W, unknown] ? [P, W] : never): string => {
    const found = statusOf(...words, { t, moment });
    return `${found.text} | ${found.detail} | ${found.command}${found.isBusy ? ' busy' : ''}${found.isWrong ? ' wrong' : ''}`;
  };
  assert.equal(said('starting', []), 'Issuelens is starting |  | showLogs busy');
  assert.equal(said('ended', [open]), 'Issuelens has ended |  | restartServer wrong');
  assert.equal(said('noPython', []), 'Issuelens has no Python |  | restartServer wrong');
  assert.equal(said('running', [open]), 'Issuelens | shop: connected | sync');
  assert.equal(said('running', [{ ...open, state: 'opening' }]), 'Issuelens |  | showLogs busy');
  assert.equal(said('running', [{ ...open, state: 'uninitialised' }]), 'Issuelens: no issues yet |  | initWorkspace');
  assert.equal(said('running', [open, { name: 'x', state: 'failed', problem: 'It is corrupt.' }]), 'Issuelens: issues can’t be read | It is corrupt. | showLogs wrong');
});

void test('the state of issues.jsonl and the tracker is told of each folder', () => {
  const t = (text: string, ...words: string[]): string => text.replace(/\{(\d)\}/g, (_, at: string) => words[Number(at)] ?? '');
  const moment = (at: string): string => at.slice(11, 16);
  const never: SyncState = { running: false, at: null, conflicts: 0, problem: null };
  const said = (...syncs: Partial<SyncState>[]): string => {
    const folders = syncs.map((sync, number) => ({ name: `f${number}`, state: 'open', problem: null, sync: { ...never, ...sync } }));
    const { text, detail, isBusy, isWrong, command } = statusOf('running', folders, { t, moment });
    return `${text} | ${detail} | ${command}${isBusy ? ' busy' : ''}${isWrong ? ' wrong' : ''}`;
  };
  const at = '2026-01-02T10:20:30.000000Z';
  assert.equal(said({}, { at }), 'Issuelens | f0: connected; f1: synced with issues.jsonl at 10:20 | sync');
  assert.equal(said({ at, conflicts: 2 }), 'Issuelens | f0: synced with issues.jsonl at 10:20, open conflicts: 2 | sync wrong');
  assert.equal(said({ at, problem: 'No room.' }), 'Issuelens | f0: not synced with issues.jsonl: No room. | sync wrong');
  assert.equal(said({ at }, { running: true }), 'Issuelens: syncing with issues.jsonl |  | showLogs busy');
});

void test('a found issue names its folder where there are several', () => {
  const issue = { id: 'app-1', title: 'Round', status: 'open', priority: 2, issue_type: 'task' };
  const found = { workspace: 'file:///p', name: '$(trash) p', issue };
  assert.equal(shownFound(found, true).detail, 'open · P2 · task');
  assert.equal(shownFound(found, false).detail.includes('$('), false);
});
