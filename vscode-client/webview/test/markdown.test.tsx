import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fragment, type ComponentChildren, type VNode } from 'preact';
import { BEGINNING, beginning, FORMATTED, Markdown } from '../markdown';
import type { Brief } from '../shapes';
import { filled, TEXTS, translated } from '../texts';

const issue = (id: string): Brief => ({
  ...{ id, title: `Title of ${id}`, status: 'closed', category: 'done', priority: 1, issue_type: 'bug' },
});

function written(text: string, ...ids: readonly string[]): string {
  const mentioned = Object.fromEntries(ids.map((id) => [id, issue(id)]));
  return html(Markdown({ text, around: { mentioned, open: () => undefined, imageName: (name) => `Image: ${name}` } }));
}

/** Elements as a browser would have them, without attributes but addresses. */
function html(node: ComponentChildren): string {
  if (Array.isArray(node)) {
    return node.map(html).join('');
  }
  if (typeof node !== 'object' || node === null) {
    return typeof node === 'string' || typeof node === 'number' ? String(node).replaceAll('<', '&lt;') : '';
  }
  const { type, props } = node as VNode<{ href?: string }>;
  const inner = html(props.children);
  assert.ok(typeof type === 'string' || type === Fragment);
  assert.equal('dangerouslySetInnerHTML' in props, false);
  if (typeof type !== 'string') {
    return inner;
  }
  return `<${type}${props.href === undefined ? '' : ` href=${props.href}`}>${inner}</${type}>`;
}

void test('what Markdown is usually used for', () => {
  assert.match(written('a **b** *c* `d`\n\n- e\n- f'), /<p>a <strong>b<\/strong> <em>c<\/em> <code>d<\/code><\/p><ul><li>e<\/li>/);
  assert.match(written('# One\n\n```sh\nx <y>\n```'), /<h3>One<\/h3><pre><code>x &lt;y>\n<\/code><\/pre>/);
  assert.match(written('| a |\n| - |\n| b |'), /<table><thead><tr><th>a<\/th>/);
});

void test('links lead to the web only', () => {
  assert.match(written('[a](https://example.invalid/x) <https://example.invalid>'), /href=https:\/\/example\.invalid\/x/);
  for (const address of ['command:workbench.action.quit', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vscode://x', '//x', '/x']) {
    assert.equal(written(`[a](${address}) <${address}> ${address}`).includes('<a'), false, address);
  }
  assert.equal(written('[a](JaVaScRiPt:alert(1)) [b](&#106;avascript:alert(1))').includes('<a'), false);
});

void test('HTML is text, and images are named', () => {
  const found = written('<img src=x onerror=alert(1)> <script>alert(1)</script>\n\n<iframe src="https://example.invalid">\n\n![pic](https://example.invalid/huge.png)');
  assert.equal(/<(img|script|iframe)/.test(found), false);
  assert.match(found, /<span>Image: pic<\/span>/);
});

void test('known ids are links to issues, others are text', () => {
  const found = written('app-1a2b, app-1a2b.1, xapp-1a2b app-1a2bx app-9z9z `app-1a2b` [app-1a2b](https://example.invalid)', 'app-1a2b', 'app-1a2b.1');
  assert.equal(found.match(/<button>/g)?.length, 2);
  assert.match(found, /<button>app-1a2b<\/button>, <button>app-1a2b\.1<\/button>/);
});

void test('a text that is too long is shown as it is, and nesting ends', () => {
  assert.match(written('*'.repeat(FORMATTED + 1)), /^<pre>\*/);
  assert.ok(written(`${'> '.repeat(50)}deep`).includes('deep'));
  assert.ok(written(`${'> '.repeat(5_000)}deep`).startsWith('<div><blockquote>'));
  assert.ok(written(`${'['.repeat(5_000)}x`).includes('x'));
});

void test('of a long text the first lines are shown', () => {
  const short = 'x'.repeat(BEGINNING);
  assert.equal(beginning(short), short);
  const lines = 'a line\n'.repeat(150_000);
  assert.ok(beginning(lines).length <= BEGINNING);
  assert.ok(beginning(lines).endsWith('a line'));
  assert.equal(beginning(`x${'😀'.repeat(BEGINNING)}`).length, BEGINNING - 1);
});

void test('texts are translated, those that nobody has translated are in English', () => {
  const texts = translated({ Save: 'Sichern', Other: 'x' });
  assert.deepEqual([texts.save, texts.cancel, translated(undefined).save], ['Sichern', 'Cancel', 'Save']);
});

void test('texts are filled in', () => {
  assert.equal(filled('{0} of {1}, {2}', 'a', 2), 'a of 2, {2}');
  assert.equal(filled(TEXTS.edit, 'Title'), 'Edit Title');
});
