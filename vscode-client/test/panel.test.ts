import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { draggedOf } from '../src/panel/dragged';
import { Gathered } from '../src/panel/gathered';
import { isRepeated, Levels, PAGE, type AskedLevel, type Node } from '../src/panel/levels';
import { apart, line, short } from '../src/panel/lines';
import { look } from '../src/panel/looks';
import { queryChoices } from '../src/panel/queries';
import { plain } from '../src/plain';
import { answerOf, type Answer, type ConflictRow, type FolderRow, type GroupRow, type IssueRow, type Row } from '../src/panel/rows';
import { issueFolders, issuesState, todosState, type Situation } from '../src/panel/states';

const t = (text: string, ...words: (string | number)[]): string =>
  words.reduce<string>((said, word, at) => said.replace(`{${at}}`, String(word)), text);

function folder(key: string): FolderRow {
  return { kind: 'folder', key, name: key, state: 'open', problem: null };
}

function group(value: string, count = 1): GroupRow {
  return { kind: 'group', key: `status=${value}`, field: 'status', value, count, category: 'todo' };
}

function issue(id: string, title = id): IssueRow {
  return {
    kind: 'issue',
    key: id,
    relation: null,
    issue: { id, title, status: 'open', category: 'todo', priority: 2, issue_type: 'task' },
    isBlocked: false,
    isReady: true,
    isOverdue: false,
    children: 0,
    finished: 0,
    waits: 0,
  };
}

/** A server that holds rows by the key of what they are below; null stands for the top. */
class Held {
  readonly asked: (readonly AskedLevel[])[] = [];
  total = 7;
  private readonly rows = new Map<string | null, Row[]>();

  set(of: string | null, ...rows: Row[]): void {
    this.rows.set(of, rows);
  }

  levels(_workspace: string, levels: readonly AskedLevel[]): Promise<Answer> {
    this.asked.push(levels);
    const found = levels.map(({ of, limit }) => {
      const rows = this.rows.get(of) ?? [];
      return { rows: structuredClone(rows.slice(0, limit)), more: rows.length > limit };
    });
    return Promise.resolve({ total: this.total, ready: 3, levels: found });
  }
}

async function opened(): Promise<{ held: Held; levels: Levels; open: Node }> {
  const held = new Held();
  held.set(null, group('open'), group('blocked'));
  held.set('status=open', issue('a-1'), issue('a-2'));
  const levels = new Levels(held);
  levels.reset([folder('one')]);
  const [open] = await levels.children();
  assert.ok(open !== undefined);
  await levels.children(open);
  return { held, levels, open };
}

void test('the only folder is not shown, several are', async () => {
  const { levels, open } = await opened();
  assert.equal(levels.parentOf(open), undefined);
  assert.equal(open.id, 'one/status=open');
  levels.reset([folder('one'), folder('two')]);
  assert.deepEqual((await levels.children()).map(({ id }) => id), ['one', 'two']);
});

void test('a change draws the row that differs and nothing else', async () => {
  const { held, levels, open } = await opened();
  held.set('status=open', issue('a-1', 'another title'), issue('a-2'));
  const before = open.children?.[0];
  assert.deepEqual(await levels.refresh(), [before]);
  assert.equal((before?.row as IssueRow).issue.title, 'another title');
  assert.deepEqual(await levels.refresh(), []);
});

void test('a row that comes draws its group, and the others stay who they are', async () => {
  const { held, levels, open } = await opened();
  const before = open.children?.[1];
  held.set('status=open', issue('a-0'), issue('a-2'));
  assert.deepEqual(await levels.refresh(), [open]);
  assert.equal(open.children?.[1], before);
  held.set(null, group('open'));
  assert.deepEqual(await levels.refresh(), [undefined]);
});

void test('one request for all levels that were shown', async () => {
  const { held, levels } = await opened();
  await levels.refresh();
  assert.deepEqual(held.asked.at(-1), [
    { of: null, limit: PAGE },
    { of: 'status=open', limit: PAGE },
  ]);
  assert.deepEqual(levels.totals, { total: 7, ready: 3 });
});

void test('more rows come when they are asked for', async () => {
  const { held, levels, open } = await opened();
  held.set('status=open', ...Array.from({ length: PAGE + 5 }, (_, number) => issue(`a-${number}`)));
  await levels.refresh();
  const more = open.children?.at(-1);
  assert.equal(more?.row.kind, 'more');
  assert.equal(open.children?.length, PAGE + 1);
  assert.deepEqual(await levels.more(more), [open]);
  assert.equal(open.children.length, PAGE + 5);
});

void test('an answer to what was asked before another query is dropped', async () => {
  const { levels, open } = await opened();
  const late = levels.refresh();
  levels.reset();
  assert.deepEqual(await late, []);
  assert.notEqual((await levels.children())[0], open);
});

void test('a circle of issues ends where it closes', async () => {
  const { held, levels, open } = await opened();
  held.set('a-1', issue('a-3'));
  held.set('a-3', issue('a-1'));
  const [first] = open.children ?? [];
  const [below] = await levels.children(first);
  const [again] = await levels.children(below);
  assert.ok(again !== undefined && isRepeated(again));
  assert.equal(look(again, t).below, 'none');
});

void test('what is dragged is named, with the group that it is taken from', async () => {
  const { open } = await opened();
  const [first, second] = open.children ?? [];
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(draggedOf([first, second, first]), { workspace: 'one', ids: ['a-1', 'a-2'], from: 'status=open' });
  assert.equal(draggedOf([open]), undefined);
});

void test('how an issue looks', () => {
  const node = (row: Row): Node => ({ id: row.key, parent: undefined, folder: undefined, row, children: undefined, limit: PAGE });
  const row = { ...issue('a-1', 'Round\nhalf\u202eup'), isBlocked: true, children: 4, finished: 1, waits: 2 };
  const found = look(node(row), t);
  assert.equal(found.label, 'Round half up');
  assert.equal(found.description, 'a-1 · P2 · 1 of 4 done');
  assert.deepEqual([found.icon, found.below, found.isTicked, found.context], ['circle-slash', 'collapsed', false, 'issue.blocked.todo']);
  assert.equal(look(node({ ...group('x'), field: 'assignee', value: null }), t).label, 'Nobody');
});

void test('an empty group is open and asked for nothing, until it gets its first issue', async () => {
  const held = new Held();
  held.set(null, group('open', 0));
  const levels = new Levels(held);
  levels.reset([folder('one')]);
  const [open] = await levels.children();
  assert.ok(open !== undefined);
  assert.equal(look(open, t).below, 'expanded');
  assert.deepEqual(await levels.children(open), []);
  await levels.refresh();
  assert.deepEqual(held.asked.at(-1), [{ of: null, limit: PAGE }]);
  held.set(null, group('open', 1));
  held.set('status=open', issue('a-1'));
  assert.deepEqual(await levels.refresh(), [open]);
  assert.deepEqual((await levels.children(open)).map(({ row }) => row.key), ['a-1']);
});

void test('unusual texts keep a row legible and what is beside them in its place', () => {
  const node = (row: Row): Node => ({ id: row.key, parent: undefined, folder: undefined, row, children: undefined, limit: PAGE });
  const hebrew = '\u05e9\u05dc\u05d5\u05dd';
  assert.equal(line('a\u2028b\u0000'), 'a b');
  assert.equal(line('\u202eevil\u2066\n\u200f'), 'evil');
  assert.equal(apart('latin'), 'latin');
  assert.equal(plain('\u202egnp.exe [x](command:y) $(zap)'), 'gnp.exe [x]\u200b(command:y) $\u200b(zap)');
  assert.equal(apart(`${hebrew}\u202e 1`), `\u2068${hebrew}  1\u2069`);
  const long = 'x'.repeat(239) + '\u{1f600}'.repeat(130);
  assert.equal(short(long), `${'x'.repeat(239)}…`);
  const brief = { ...issue('a-1').issue, title: `${hebrew} ${'y'.repeat(500)}`, assignee: `${hebrew}\u202d\n2` };
  const found = look(node({ ...issue('a-1'), issue: brief, children: 3, finished: 1 }), t);
  assert.ok(found.label.startsWith(`\u2068${hebrew}`) && found.label.endsWith('…\u2069'));
  assert.equal(found.description, `a-1 · P2 · \u2068${hebrew} 2\u2069 · 1 of 3 done`);
  assert.ok(found.spoken.length < 300 && !/[\u2066-\u2069\u202a-\u202e]/.test(found.spoken));
  assert.ok(found.tooltip?.split('\n')[0]?.includes('y'.repeat(500)));
  const named = look(node({ ...group('x', 12), field: 'label', value: hebrew }), t);
  assert.deepEqual([named.label, named.description, named.spoken], [`\u2068${hebrew}\u2069`, '12', `${hebrew}, 12 in it`]);
});

void test('conflicts are told with both values, and whose they are where that is known', () => {
  const node = (row: Row): Node => ({ id: row.key, parent: undefined, folder: undefined, row, children: undefined, limit: PAGE });
  const known: ConflictRow = { kind: 'conflict', key: 'conflict 1', number: 1, id: 'a-1', field: 'due_at', title: 'Round', kept: 'x', other: '', mine: 'other' };
  const found = look(node(known), t);
  assert.deepEqual([found.label, found.description], ['due at: Round', 'a-1 · x ≠ empty']);
  assert.equal(found.tooltip, 'a-1 · Round\nMine: empty\nTheirs: x\nThe issue has theirs.');
  assert.deepEqual([found.context, found.below], ['conflict.known', 'none']);
  const unknown = look(node({ ...known, mine: null }), t);
  assert.equal(unknown.tooltip, 'a-1 · Round\nThe issue has: x\nThe other value: empty');
  assert.equal(unknown.context, 'conflict.unknown');
  const above = (count: number): string => look(node({ kind: 'conflicts', key: 'conflicts', count }), t).label;
  assert.deepEqual([above(1), above(3)], ['1 conflict', '3 conflicts']);
  const level = { rows: [{ kind: 'conflicts', key: 'conflicts', count: 1 }, known], more: false };
  assert.equal(answerOf({ total: 0, ready: 0, levels: [level] }).levels[0]?.rows.length, 2);
});

void test('rows of kinds that are not known are left out, other forms are refused', () => {
  const level = { rows: [issue('a-1'), { kind: 'hologram', key: 'x' }], more: false };
  assert.equal(answerOf({ total: 1, ready: 0, levels: [level] }).levels[0]?.rows.length, 1);
  assert.throws(() => answerOf({ issues: [] }), /another form/);
  assert.throws(() => answerOf(null), /another form/);
});

void test('what a view says when it has no rows', () => {
  const running: Situation = { folders: 1, isTrusted: true, phase: 'running', workspaces: [folder('one')] };
  assert.equal(issuesState({ ...running, folders: 0 }, 3, false), 'noFolder');
  assert.equal(issuesState({ ...running, phase: 'refused', isTrusted: false }, undefined, false), 'untrusted');
  assert.equal(issuesState({ ...running, phase: 'refused' }, undefined, false), 'noDisk');
  assert.equal(issuesState({ ...running, phase: 'noPython' }, undefined, false), 'noPython');
  assert.equal(issuesState({ ...running, workspaces: undefined }, undefined, false), 'starting');
  assert.equal(issuesState(running, 0, false), 'empty');
  assert.equal(issuesState(running, 0, true), 'notFound');
  assert.equal(issuesState(running, 1, true), 'ready');
  const bare = { ...running, workspaces: [{ ...folder('one'), state: 'uninitialised' }] };
  assert.equal(issuesState(bare, undefined, false), 'uninitialised');
  assert.equal(todosState(bare, 2, false), 'ready');
});

void test('of several folders each says what keeps it from having issues', async () => {
  const bare = { ...folder('two'), state: 'uninitialised' };
  const failed = { ...folder('three'), state: 'failed', problem: 'the file is damaged' };
  assert.deepEqual(issueFolders([bare, failed]), []);
  const rows = issueFolders([folder('one'), bare, failed]);
  const held = new Held();
  held.set(null, group('open'));
  const levels = new Levels(held);
  levels.reset(rows);
  const [one, two, three] = await levels.children();
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  assert.deepEqual(await levels.children(two), []);
  assert.equal(held.asked.length, 1);
  assert.deepEqual([look(one, t).below, look(two, t).below], ['expanded', 'none']);
  assert.deepEqual([look(two, t).context, look(two, t).description], ['folder.uninitialised', 'no issues yet']);
  assert.ok(look(three, t).tooltip?.endsWith('the file is damaged'));
  assert.notEqual(look(two, t).id, look({ ...two, row: folder('two') }, t).id);
  assert.deepEqual(await levels.refresh(), []);
  assert.equal(held.asked.length, 2);
});

void test('several folders of which none has anything are not shown, so that the view says that nothing is there', async () => {
  const held = new Held();
  held.set(null);
  held.total = 0;
  const levels = new Levels(held);
  levels.reset([folder('one'), folder('two')]);
  assert.deepEqual(await levels.children(), []);
  held.set(null, group('open'));
  held.total = 1;
  assert.deepEqual(await levels.refresh(), [undefined]);
  assert.equal((await levels.children()).length, 2);
});

void test('a change is read at once, 500 in quick succession are read together', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let runs = 0;
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const gathered = new Gathered(() => {
      runs++;
      return Promise.resolve();
    });
    gathered.ask();
    assert.equal(runs, 1);
    for (let number = 0; number < 500; number++) {
      gathered.ask();
      await Promise.resolve();
    }
    await settled();
    assert.equal(runs, 1);
    mock.timers.tick(100);
    await settled();
    assert.equal(runs, 2);
    gathered.dispose();
  } finally {
    mock.timers.reset();
  }
});

void test('what was typed comes first, then saved queries that hold it', () => {
  const choices = queryChoices(' is:re ', ['is:ready label:ui', 'assignee:me']);
  assert.deepEqual(choices.map(({ kind, query }) => `${kind} ${query}`), [
    'typed is:re',
    'saved is:ready label:ui',
    'common is:ready',
  ]);
});
