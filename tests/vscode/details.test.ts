// One issue in a tab of its own, and as a document: read, written, crossed by others, and legible for everybody.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Frame, FrameLocator } from 'playwright-core';
import { ROOT } from './sandbox';
import { scenarios } from './scenario';
import { seen } from './waiting';
import type { Window } from './window';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const DESCRIPTION = `Amounts are **floats**.

[click](command:workbench.action.quit) and [web](https://example.invalid/a) <script>alert(1)</script>

![huge](https://example.invalid/huge.png)

    round(2.5)
`;

/** Opens an issue from the tree in the activity bar; its page. */
async function opened(one: Window, title: string): Promise<FrameLocator> {
  await one.page.locator('.activitybar .action-label[aria-label^="Issuelens"]').click();
  await one.tree('Issues').getByText(title).first().click();
  return shown(one);
}

/** The page in the tab that is shown. */
async function shown(one: Window): Promise<FrameLocator> {
  const page = one.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  await page.locator('h1').waitFor();
  return page;
}

async function frameOf(page: FrameLocator): Promise<Frame> {
  const handle = await page.locator('main').elementHandle();
  const frame = await handle.ownerFrame();
  assert.ok(frame);
  return frame;
}

/** What axe-core finds wrong with a page, each with the element that it is about. */
async function violations(page: FrameLocator): Promise<string[]> {
  const frame = await frameOf(page);
  await frame.evaluate(fs.readFileSync(path.join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8'));
  const run = `window.axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then((found) =>
    found.violations.flatMap((one) => one.nodes.map((node) => one.id + ': ' + node.html)))`;
  return frame.evaluate<string[]>(run);
}

/** Where the focus goes with each Tab until it leaves the page, and what of the page it has missed. */
async function unreached(one: Window, page: FrameLocator): Promise<string[]> {
  const frame = await frameOf(page);
  await frame.evaluate(`document.activeElement.blur(); document.querySelector('main button').focus();
    window.passed = new Set(); document.addEventListener('focusin', (event) => window.passed.add(event.target))`);
  const all = `[...document.querySelectorAll('main :is(button, input, select, textarea, a[href], pre):not(:disabled)')]`;
  const count = await frame.evaluate<number>(`${all}.length`);
  // A field of a date has several stops.
  for (let step = 0; step < count + 10; step += 1) {
    await one.press('Tab');
  }
  return frame.evaluate<string[]>(`${all}.slice(1).filter((one) => !window.passed.has(one)).map((one) => one.outerHTML)`);
}

/** An issue that somebody has made to do harm, or that is only too long. */
const HOSTILE = `${['command:workbench.action.quit', 'javascript:alert(1)', 'data:text/html,x', 'vscode://x', 'file:///etc/passwd']
  .map((address) => `[to ${address}](${address}) <${address}>`)
  .join('\n\n')}

<script>alert(1)</script> <img src=x onerror=alert(1)> <iframe src="https://example.invalid"></iframe>

![huge](https://example.invalid/huge.png) \u202e txet thgir

${'> '.repeat(3_000)}deep

`;

scenarios({
  'an issue is read and changed in a tab of its own': async ({ repository, window }) => {
    const shop = repository('details', {});
    const id = shop.create('Round half up', '-d', DESCRIPTION, '--label', 'money');
    shop.write('prices.py', `# TODO(${id}): round\n`);
    const one = await window(shop);
    const page = await opened(one, 'Round half up');
    await page.getByText('[click](command:workbench.action.quit)').waitFor();
    assert.equal(await page.locator('img, main script').count(), 0);

    await page.getByRole('button', { name: 'Edit Title' }).click();
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Round half to even');
    shop.issuelens('update', id, '--priority', '0');
    await one.press('Enter');
    await page.locator('h1', { hasText: 'Round half to even' }).waitFor();
    await shop.has(id, 'title', 'Round half to even');
    await shop.has(id, 'priority', 0);
    await seen('the priority of others', async () => (await page.getByLabel('Priority').inputValue()) === '0');

    await page.getByRole('button', { name: 'Edit Title' }).click();
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Mine');
    shop.issuelens('update', id, '--title', 'Theirs');
    await one.press('Enter');
    await page.getByRole('alertdialog').getByText('Theirs', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Keep Yours' }).click();
    await page.locator('h1', { hasText: 'Mine' }).waitFor();
    await shop.has(id, 'title', 'Mine');

    await page.getByRole('textbox', { name: 'New comment' }).fill('Banks round *half to even*.');
    await one.press('Control+Enter');
    await page.locator('.comment em', { hasText: 'half to even' }).waitFor();
    await page.getByRole('button', { name: /^Undo .comment. of/ }).click();
    await page.locator('.comment').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Open prices.py, line 1' }).click();
    await one.isOpen('prices.py');
  },

  'an issue is linked, its comments are changed, and it survives its deletion': async ({ house, repository, window }) => {
    const shop = repository('linked', {});
    const first = shop.create('Pick a library');
    const id = shop.create('Round half up');
    const one = await window(shop);
    const page = await opened(one, 'Round half up');
    const add = page.getByRole('button', { name: 'Add Link…' });
    await add.click();
    await one.asked('library');
    await one.choose('Pick a library');
    await page.getByText(`Blocked: it waits for ${first}`).waitFor();
    await page.getByLabel('Kind of link').selectOption({ label: 'Holds back' });
    await add.click();
    await one.asked('library');
    await one.choose('Pick a library');
    await page.getByRole('alert').getByText('would wait for itself').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('button', { name: `Remove the link to ${first}` }).click();
    await page.getByText(`Blocked: it waits for ${first}`).waitFor({ state: 'detached' });
    // Another issue becomes a child of it elsewhere.
    shop.issuelens('update', first, '--parent', id);
    await page.getByRole('heading', { name: 'Children' }).waitFor();

    shop.issuelens('comment', 'add', id, 'Half up.');
    await page.getByRole('button', { name: 'Edit the comment of anna' }).click();
    const edited = page.getByRole('textbox', { name: 'Edit the comment of anna' });
    await edited.fill('Half *even*.');
    shop.issuelens('comment', 'edit', id, '1', 'Half down.');
    await page.locator('.comment p', { hasText: 'Half down.' }).waitFor();
    // It is asked, and ends before it answers: that was not said to replace what others wrote.
    const [asked] = house.sandbox.processes('issuelens', 'lsp');
    assert.ok(asked);
    process.kill(asked.pid, 'SIGSTOP');
    await edited.press('Control+Enter');
    await page.getByRole('button', { name: 'Copy Id' }).click();
    await page.getByRole('status').getByText('is copied').waitFor();
    process.kill(asked.pid, 'SIGKILL');
    await page.getByRole('alert').getByText('ended before it answered').waitFor();
    await edited.press('Control+Enter');
    await page.getByRole('alert').getByText('changed by somebody else').waitFor();
    await edited.press('Control+Enter');
    await page.locator('.comment em', { hasText: 'even' }).waitFor();
    await page.getByRole('button', { name: 'Delete the comment of anna' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator('.comment').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Add Description' }).click();
    await page.getByRole('textbox', { name: 'Description' }).fill('Half a thought');
    const [served] = house.sandbox.processes('issuelens', 'lsp');
    assert.ok(served);
    process.kill(served.pid, 'SIGKILL');
    await seen('another server', () => house.sandbox.processes('issuelens', 'lsp').some(({ pid }) => pid !== served.pid));
    shop.issuelens('delete', id, '--with-children');
    await page.getByText('This issue was deleted').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Description' }).inputValue(), 'Half a thought');
    assert.equal(await page.getByRole('button', { name: 'Save' }).isDisabled(), true);
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('This issue was deleted').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await shop.has(id, 'description', 'Half a thought');
  },

  'an issue that means harm does none': async ({ repository, window }) => {
    const shop = repository('hostile', {});
    const title = `\u202e${'A title that goes on and on, and does not end. '.repeat(11)}`.slice(0, 500).trimEnd();
    const [id, at] = ['app-1a2b', '2026-01-01T00:00:00Z'];
    const description = `${HOSTILE}${'A line of a text that is far too long.\n'.repeat(24_000)}`;
    const comments = [{ id: 1, author: '\u202eanna', text: HOSTILE, created_at: at }];
    const metadata = { [title]: HOSTILE };
    shop.write('in.jsonl', JSON.stringify({ id, title, description, comments, metadata, created_at: at, updated_at: at }));
    shop.issuelens('import', 'in.jsonl');
    const one = await window(shop);
    const page = await opened(one, 'A title that goes on');
    await page.getByText('[to command:workbench.action.quit]').first().waitFor();
    await page.locator('.comment').waitFor();
    assert.equal(await page.locator('main :is(img, script, iframe, a:not([href^="https://example.invalid"]))').count(), 0);
    assert.deepEqual(await violations(page), []);
    const frame = await frameOf(page);
    await frame.evaluate(`for (const one of [null, 'x', { kind: 'answer', id: 'x' }, { kind: 'run' }]) window.postMessage(one, '*')`);
    await page.getByRole('button', { name: 'Show All of It' }).click();
    await page.getByText('It is too long to be formatted.').waitFor();
    await page.getByRole('button', { name: 'Edit Title' }).click();
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Harmless');
    await one.press('Enter');
    await shop.has(id, 'title', 'Harmless');
    assert.equal(one.written().match(/a message that it does not know/g)?.length, 1);
    assert.deepEqual(one.written().split('\n').filter((line) => /Content.Security.Policy/i.test(line)), []);
  },

  'the tab of an issue is legible in every theme, and there again after a reload': async ({ repository, window }) => {
    const shop = repository('legible', {});
    const first = shop.create('Pick a library');
    const id = shop.create('Round half up', '-d', `${DESCRIPTION}\nSee ${first}.\n`, '--label', 'money');
    shop.issuelens('dep', 'add', id, first);
    shop.issuelens('comment', 'add', id, 'A remark.');
    const one = await window(shop);
    let page = await opened(one, 'Round half up');
    await page.getByRole('heading', { name: 'History' }).waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(await unreached(one, page), []);
    const pale = `document.querySelector('main p.quiet').style.color`;
    await (await frameOf(page)).evaluate(`${pale} = 'rgb(128 128 128 / 20%)'`);
    assert.match((await violations(page)).join(), /color-contrast/, 'what is looked for can be found');
    await (await frameOf(page)).evaluate(`${pale} = ''`);
    await page.getByRole('button', { name: 'Edit Description' }).click();
    await page.getByRole('button', { name: 'Preview' }).first().click();
    for (const theme of ['Dark Modern', 'Dark High Contrast', 'Light High Contrast']) {
      await one.command('Preferences: Color Theme');
      await one.asked(theme);
      await one.choose(theme);
      await seen(`${theme} on the page`, async () => {
        const names = await page.locator('body').getAttribute('class');
        return names?.includes(theme === 'Dark Modern' ? 'vscode-dark' : 'vscode-high-contrast') === true;
      });
      assert.deepEqual(await violations(page), [], theme);
    }
    await page.getByRole('button', { name: 'Preview' }).first().click();
    await page.getByRole('textbox', { name: 'Description' }).fill('Half a thought');
    const loaded = one.page.waitForEvent('load');
    await one.command('Developer: Reload Window');
    await loaded;
    page = await shown(one);
    assert.equal(await page.getByRole('textbox', { name: 'Description' }).inputValue(), 'Half a thought');
  },

  'an issue is made of a document, and changed in one': async ({ repository, window }) => {
    const shop = repository('documents', {});
    const one = await window(shop);
    await one.command('New Issue as Document');
    await one.isOpen('new.md');
    await one.goTo(2, 1);
    await one.press('End');
    await one.type(' Round half up');
    await one.press('Control+s');
    await one.text(/^id: (app-\w+)$/m);
    const [, id = ''] = await one.text(/^id: (app-\w+)$/m);
    await shop.has(id, 'title', 'Round half up');
    await one.goTo(3, 1);
    await one.press('End');
    await one.type(', always');
    shop.issuelens('update', id, '--assignee', 'bob');
    await one.save();
    await shop.has(id, 'title', 'Round half up, always');
    await shop.has(id, 'assignee', 'bob');
    await one.text(/^assignee: bob$/m);
    // It follows others, and is not one to be saved then.
    shop.issuelens('update', id, '--assignee', 'carla');
    await one.text(/^assignee: carla$/m);
    assert.equal(await one.page.locator('.tab.active.dirty').count(), 0);

    await one.goTo(7, 1);
    await one.press('End');
    await one.type('s');
    shop.issuelens('update', id, '--assignee', 'dora');
    await one.press('Control+s');
    await one.answer('Compare');
    await one.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await one.press('Control+s');
    await one.answer('Keep Mine');
    await shop.has(id, 'assignee', 'carlas');
  },
});
