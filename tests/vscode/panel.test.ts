// The panel in the activity bar: issues and TODOs, dragged, ticked, chosen by query, and current by themselves.

import type { Locator } from 'playwright-core';
import { scenarios } from './scenario';
import type { Window } from './window';

function row(one: Window, tree: string, text: string): Locator {
  return one.tree(tree).locator('.monaco-list-row', { hasText: text }).first();
}

async function openPanel(one: Window): Promise<void> {
  await one.page.locator('.activitybar .action-label[aria-label^="Issuelens"]').click();
}

scenarios({
  'issues are dragged, ticked and chosen in the panel': async ({ repository, window }) => {
    const shop = repository('panel', {});
    const first = shop.create('Round half up');
    const second = shop.create('Taxes are added twice');
    const one = await window(shop);
    await openPanel(one);
    await row(one, 'Issues', 'Round half up').dragTo(row(one, 'Issues', 'In progress'));
    await one.tree('Issues').locator('[aria-label="In progress, 1 in it"]').waitFor();
    await shop.has(first, 'status', 'in_progress');
    await row(one, 'Issues', 'Taxes are added').locator('.custom-view-tree-node-item-checkbox').click();
    await row(one, 'Issues', 'Taxes are added').waitFor({ state: 'detached' });
    await shop.has(second, 'status', 'closed');
    // From elsewhere.
    shop.issuelens('reopen', second);
    await row(one, 'Issues', 'Taxes are added').waitFor();
    await one.command('Issuelens: Choose Issues by Query');
    await one.asked('taxes');
    await one.page.getByText('Issues that it finds: 1').waitFor();
    await one.press('Enter');
    await one.tree('Issues').locator('[aria-label="In progress, 0 in it"]').waitFor();
    await one.command('Issuelens: Show All Unfinished Issues');
    await one.tree('Issues').locator('[aria-label="In progress, 1 in it"]').waitFor();
  },

  'TODOs become issues after a look at them': async ({ repository, window }) => {
    const shop = repository('todos', { 'prices.py': '# TODO: round half up\n# FIXME(anna): taxes\n' });
    const one = await window(shop);
    await openPanel(one);
    await row(one, 'TODOs', 'taxes').hover();
    await row(one, 'TODOs', 'taxes').locator('.action-label[aria-label^="Create Issues"]').click();
    await one.page.locator('.quick-input-list .monaco-list-row', { hasText: 'bug · P2 · anna' }).waitFor();
    await one.page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    await row(one, 'Issues', 'taxes').waitFor();
    await row(one, 'TODOs', 'app-').waitFor();
  },

  'a view without rows has the one button that helps': async ({ repository, window }) => {
    const bare = repository('bare', { 'prices.py': '# TODO: round half up\n' }, false);
    const one = await window(bare);
    await openPanel(one);
    const button = (text: string): Locator => one.page.locator('.sidebar .monaco-button', { hasText: text }).first();
    await row(one, 'TODOs', 'round half up').waitFor();
    await button('Initialise').click();
    await button('Create Issue').waitFor();
    const other = await window(repository('strange', {}), false);
    await openPanel(other);
    await other.page.locator('.sidebar .monaco-button', { hasText: 'Manage Workspace Trust' }).first().waitFor();
  },
});
