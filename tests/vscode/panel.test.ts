// The panel in the activity bar: issues and TODOs, dragged, ticked, chosen by query, and current by themselves.

import type { Locator } from 'playwright-core';
import type { Repository } from './sandbox';
import { scenarios } from './scenario';
import type { Window } from './window';

function row(one: Window, tree: string, text: string): Locator {
  return one.tree(tree).locator('.monaco-list-row', { hasText: text }).first();
}

async function openPanel(one: Window): Promise<void> {
  await one.page.locator('.activitybar .action-label[aria-label^="Issuelens"]').click();
}

/** An issue of which both sides have changed two fields, the others before this one, and a sync that meets that. */
function inConflict(shop: Repository): string {
  const id = shop.create('Round half up');
  shop.issuelens('sync');
  const line = JSON.parse(shop.read('.issues/issues.jsonl')) as object;
  shop.issuelens('update', id, '--title', 'Mine', '--priority', '0');
  const theirs = { ...line, title: 'Theirs', priority: 4, updated_at: '2001-01-01T00:00:00Z' };
  shop.write('.issues/issues.jsonl', `${JSON.stringify(theirs)}\n`);
  shop.issuelens('sync');
  return id;
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

  'what both sides of a merge had changed is settled in the panel and in the tab': async ({ repository, window }) => {
    const shop = repository('both-sides', { '.issues/config.toml': 'prefix = "app"\n[sync]\nautomatic = false\n' });
    const id = inConflict(shop);
    const one = await window(shop);
    await openPanel(one);
    await row(one, 'Issues', '2 conflicts').click();
    await row(one, 'Issues', 'priority:').hover();
    await row(one, 'Issues', 'priority:').locator('.action-label[aria-label^="Take Theirs"]').click();
    await row(one, 'Issues', '1 conflict').waitFor();
    await shop.has(id, 'priority', 4);
    await row(one, 'Issues', 'title:').click();
    const tab = await one.details();
    await tab.getByRole('heading', { name: 'Changed on Both Sides' }).waitFor();
    await tab.getByRole('button', { name: 'Keep Yours' }).click();
    await tab.getByRole('heading', { name: 'Changed on Both Sides' }).waitFor({ state: 'detached' });
    await row(one, 'Issues', 'conflict').waitFor({ state: 'detached' });
    await shop.has(id, 'title', 'Mine');
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
