import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concerns, errorOf, isLost, linkOf, namedIn, pageHtml, tabTitle } from '../src/details/page';
import { Entry, shownValue } from '../src/documents/entries';
import { seenAfter } from '../webview/details/drafts';
import { requestOf, responseOf, TEXT_LIMIT } from '../webview/messages';

const asked = (ask: unknown): unknown => requestOf({ kind: 'request', id: 1, ask })?.ask;

void test('a page is heard when it asks what it may ask', () => {
  assert.deepEqual(asked({ method: 'details', more: 1 }), { method: 'details' });
  assert.deepEqual(asked({ method: 'history', limit: 20 }), { method: 'history', limit: 20 });
  const edit = { method: 'edit', updatedAt: '2031', fields: { title: 'x', priority: 0, labels: ['a'], estimated_minutes: '' } };
  assert.deepEqual(asked(edit), edit);
  const settled = { ...edit, settled: { keep: 'mine', seen: '2031' } };
  assert.deepEqual(asked(settled), settled);
  for (const ask of [
    { method: 'link', type: 'blocks', isForward: true },
    { method: 'unlink', type: 'blocks', isForward: false, id: 'app-1' },
    { method: 'editComment', comment: 3, text: 'x', seen: 'y' },
    { method: 'deleteComment', comment: 3 },
    { method: 'settle', number: 3, take: 'theirs' },
  ]) {
    assert.deepEqual(asked({ ...ask, more: 1 }), ask);
  }
});

void test('what is no request of a page is dropped', () => {
  for (const message of [undefined, null, 1, 'x', [], {}, { kind: 'request' }, { kind: 'request', id: -1, ask: { method: 'details' } }]) {
    assert.equal(requestOf(message), undefined);
  }
  const wrong: readonly unknown[] = [
    ...[undefined, null, 'details', {}, { method: 'toString' }, { method: 'execute', command: 'x' }, { method: 'history' }],
    ...[{ method: 'history', limit: 1.5 }, { method: 'comment', text: 1 }, { method: 'comment', text: 'x'.repeat(TEXT_LIMIT + 1) }],
    { method: 'link', type: 'blocks' },
    { method: 'unlink', type: 'blocks', isForward: true },
    { method: 'editComment', comment: 3, text: 'x' },
    { method: 'deleteComment', comment: '3' },
    { method: 'settle', number: 3, take: 'all' },
    { method: 'settle', number: '3', take: 'mine' },
    { method: 'openPlace', uri: 'file:///x', line: '1', column: 0 },
    { method: 'edit', updatedAt: 'x', fields: { id: 'other' } },
    { method: 'edit', updatedAt: 'x', fields: { constructor: 'x' } },
    { method: 'edit', updatedAt: 'x', fields: { title: 1 } },
    { method: 'edit', updatedAt: 'x', fields: { labels: 'a' } },
    { method: 'edit', updatedAt: 'x', fields: { title: 'a' }, settled: { keep: 'both', seen: 'x' } },
  ];
  for (const ask of wrong) {
    assert.equal(asked(ask), undefined, JSON.stringify(ask));
  }
});

void test('what a host tells', () => {
  assert.deepEqual(responseOf({ kind: 'answer', id: 1, result: 2 }), { kind: 'answer', id: 1, result: 2 });
  assert.deepEqual(responseOf({ kind: 'error', id: 1, text: 'x' }), { kind: 'error', id: 1, text: 'x' });
  assert.deepEqual(responseOf({ kind: 'server', isRunning: true }), { kind: 'server', isRunning: true });
  for (const message of [undefined, 'x', {}, { kind: 'other' }, { kind: 'answer', id: 'x' }, { kind: 'error', id: 1 }]) {
    assert.equal(responseOf(message), undefined);
  }
});

void test('a page hears why something was refused', () => {
  const changed = Object.assign(new Error('others were first'), { code: -32010, data: { kind: 'changed_meanwhile', id: 'app-1' } });
  const heard = { kind: 'error', id: 1, text: 'others were first', reason: 'changed_meanwhile' };
  assert.deepEqual(responseOf(errorOf(1, changed)), heard);
  for (const error of [new Error('lost'), Object.assign(new Error('lost'), { data: null }), 'lost', { toString: () => 'lost', data: { kind: 1 } }]) {
    assert.deepEqual(responseOf(errorOf(1, error)), { kind: 'error', id: 1, text: 'lost' });
  }
});

void test('what others wrote is replaced only by who was told of it', () => {
  assert.equal(seenAfter('changed_meanwhile', 'at the beginning', 'of others'), 'of others');
  assert.equal(seenAfter(undefined, 'at the beginning', 'of others'), 'at the beginning');
  assert.equal(seenAfter('invalid_field', 'at the beginning', 'of others'), 'at the beginning');
});

void test('a page loads its own script and style, and nothing else', () => {
  const page = { script: 's', style: 't', source: 'https://source', nonce: 'abc', language: 'en', title: '<b>' };
  const html = pageHtml({ ...page, setup: { text: `'"</script><script>alert(1)</script>` } });
  assert.match(html, /default-src &#39;none&#39;; script-src &#39;nonce-abc&#39;; style-src https:\/\/source;/);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(html, /<script nonce="abc" src="s"><\/script>/);
  assert.match(html, /<title>&lt;b&gt;<\/title>/);
  assert.equal(/ on\w+=| style=|<style/.test(html), false);
});

void test('which issue is meant', () => {
  assert.deepEqual(namedIn({ workspace: 'file:///p', id: 'app-1', more: 1 }), { workspace: 'file:///p', id: 'app-1' });
  for (const value of [undefined, null, 'app-1', {}, { id: 'app-1' }, { workspace: 'x', id: '' }, { workspace: 1, id: 'x' }]) {
    assert.equal(namedIn(value), undefined);
  }
  assert.equal(tabTitle('app-1', `a\n${'b'.repeat(600)}`).length, 46);
  assert.equal(tabTitle('app-1', 'a \u202e\u2066 gnp.exe\u200f'), 'app-1 a gnp.exe');
  assert.equal(tabTitle('app-1', '😀'.repeat(500)), `app-1 ${'😀'.repeat(39)}…`);
});

void test('how a link is made', () => {
  const made = (type: string, isForward: boolean): unknown[] => {
    const { verb, argument } = linkOf({ type, isForward }, 'own', 'other');
    return [verb, argument];
  };
  assert.deepEqual(made('blocks', true), ['addDependency', { id: 'own', dependsOn: 'other', type: 'blocks' }]);
  assert.deepEqual(made('blocks', false), ['addDependency', { id: 'other', dependsOn: 'own', type: 'blocks' }]);
  assert.deepEqual(made('parent-child', true), ['updateIssue', { id: 'own', parent: 'other' }]);
  assert.deepEqual(made('parent-child', false), ['updateIssue', { id: 'other', parent: 'own' }]);
});

void test('a request that the end of the server has cut off is told from a refused one', () => {
  const failed = (code: unknown): boolean => isLost(Object.assign(new Error('x'), { code }));
  assert.deepEqual([failed(-32097), failed(2), failed(-32602), failed(undefined), isLost('x'), isLost(null)], [true, true, false, false, false, false]);
});

void test('which changes are about a page', () => {
  const told = (workspace: unknown): boolean => concerns({ workspace, revision: 1, ids: null }, 'w');
  assert.deepEqual([told('w'), told('other'), told(undefined), concerns(undefined, 'w'), concerns(null, 'w')], [true, false, false, false, false]);
});

void test('a document grows newer only when it is to be read again', () => {
  const entry = new Entry('app-1', 1_000);
  entry.read('one');
  assert.deepEqual(entry.stat, { ctime: 1_000, mtime: 1_000, size: 3 });
  entry.saved('two', 'two, as the server has it', 1_000);
  assert.deepEqual([entry.stat.mtime, entry.base, entry.isBehind], [1_001, 'two', true]);
  entry.read('two, as the server has it');
  assert.deepEqual([entry.stat.mtime, entry.isBehind], [1_001, false]);
  entry.grow(500);
  assert.equal(entry.stat.mtime, 1_002);
  entry.read('ü');
  assert.equal(entry.stat.size, 2);
});

void test('which changes are about a document', () => {
  const [entry, fresh] = [new Entry('app-1', 0), new Entry(undefined, 0)];
  assert.deepEqual([entry.isIn(['app-1']), entry.isIn(['app-2']), entry.isIn(null), fresh.isIn(null)], [true, false, true, false]);
});

void test('values of a conflict have room in a message', () => {
  assert.equal(shownValue('a\n b'), 'a b');
  assert.equal(shownValue(['ui', 'x']), '["ui","x"]');
  assert.equal(shownValue('x'.repeat(500)).length, 200);
  assert.equal(shownValue(undefined), '""');
});
