// What is at hand in VS Code: marks, work on an issue, comments, the keys, and what is told of the server.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { scenarios } from './scenario';
import { seen } from './waiting';

const SETTINGS = '{"issuelens.comments.enabled": true, "comments.openView": "never"}';

scenarios({
  'work on an issue is on its branch, and the message of its commit begins with its id': async ({ repository, window }) => {
    const shop = repository('hand', { [path.join('.vscode', 'settings.json')]: SETTINGS });
    const [first, second] = [shop.create('Round half up'), shop.create('Prices as decimals')];
    shop.issuelens('comment', 'add', first, 'Half up, **please**: [no](command:workbench.action.quit)');
    shop.issuelens('close', second);
    shop.write('prices.py', `# TODO(${first}): round half up\ndef a():\n    pass\n\n\n# FIXME: taxes\n# see ${second}\n`);
    const one = await window(shop);
    await one.open('prices.py');
    await one.lens(`${first} · open`).waitFor();
    await one.goTo(2);
    await one.press('Alt+F9');
    await one.page.locator('.part.statusbar', { hasText: 'Ln 6, Col 3' }).waitFor();
    await one.press('Shift+Alt+F9');
    await one.page.locator('.part.statusbar', { hasText: 'Ln 1, Col 3' }).waitFor();
    await one.page.locator('.comment-range-glyph[class*="comment-thread"]').first().click();
    await one.page.locator('.comment-body', { hasText: 'Half up, please' }).first().waitFor();
    assert.equal(await one.page.locator('.comment-body a[href^="command:"], .comment-body a[data-href^="command:"]').count(), 0);
    await one.command('Issuelens: Start Work on Issue…');
    await one.asked('half');
    await one.choose('Round half up');
    assert.match(await one.dialog(), new RegExp(`Start ${first} on the branch ${first}-round-half-up\\?`));
    await one.answer('Create Branch');
    await shop.has(first, 'status', 'in_progress');
    await seen('the branch', () => shop.run('git', 'branch', '--show-current').trim() === `${first}-round-half-up`);
    await one.page.locator('.part.statusbar', { hasText: `${first} Round half up` }).waitFor();
    await one.command('Source Control: Focus on Changes View');
    await one.page.locator('.scm-view .scm-editor', { hasText: `${first}:` }).first().waitFor();
    await one.page.locator('.scm-view .scm-editor .view-lines').first().click();
    await one.press('End');
    await one.type('up, see app-9z9z and #');
    await one.page.locator('.suggest-widget.visible .monaco-list-row', { hasText: first }).first().waitFor();
    await one.press('Escape');
    await one.page.locator('.scm-view .squiggly-warning').first().waitFor();
    await one.command('Issuelens: Copy Debug Information');
    await one.message('Versions and numbers are in the clipboard').waitFor();
    await one.command('Issuelens: Current Issue…');
    await one.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Begin the Commit Message' }).waitFor();
    await one.choose('Close');
    await one.answered('done');
    await shop.has(first, 'status', 'closed');
    await one.page.locator('[id="status.languageStatus"]').first().click();
    await one.page.locator('.hover-language-status', { hasText: 'Issuelens' }).first().waitFor();
  },

  'an issue is made from a line number, closed from the list with its reason, and told as synced': async ({ repository, window }) => {
    const settings = '{"todo-tree.general.tags": ["TODO", "OPTIMIZE"]}';
    const shop = repository('menus', { 'prices.py': '# OPTIMIZE: a\ndef b():\n    return 1\n', [path.join('.vscode', 'settings.json')]: settings });
    const one = await window(shop);
    await one.open('prices.py');
    await one.page.locator('.margin-view-overlays .line-numbers', { hasText: /^2$/ }).first().click({ button: 'right' });
    await one.page.locator('.monaco-menu .action-item', { hasText: 'Create Issue about' }).first().click();
    await one.answered('Another name for b');
    await one.message('is created: Another name for b').waitFor();
    const [made] = JSON.parse(shop.issuelens('list', '--json')) as { id: string; description: string }[];
    assert.match(made?.description ?? '', /^`prices\.py:2`\n\n```python\ndef b\(\):\n```$/);
    await one.command('Issuelens: Find Issue…');
    await one.asked('anthr name');
    const row = one.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Another name for b' }).first();
    await row.hover();
    await row.locator('.action-label.codicon-pass').click();
    await one.answered('not needed');
    await shop.has(made?.id ?? '', 'close_reason', 'not needed');
    await one.command('Issuelens: Take Over Settings of Another TODO Extension…');
    assert.match(await one.dialog(), /todos\.tags: \["TODO","OPTIMIZE"\]/);
    await one.answer('Take Over');
    await one.lens('Create issue').waitFor();
    await one.command('Issuelens: Bring issues.jsonl and the Tracker Together');
    const shared = path.join(shop.folder, '.issues', 'issues.jsonl');
    await seen('the file', () => fs.existsSync(shared) && fs.readFileSync(shared, 'utf8').includes('Another name for b'));
    await one.page.locator('[id="status.languageStatus"]').first().click();
    await one.page.locator('.hover-language-status', { hasText: 'menus: synced with issues.jsonl at' }).first().waitFor();
  },
});
