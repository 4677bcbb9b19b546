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
  },
});
