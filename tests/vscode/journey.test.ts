// The whole way of a person: from a folder without issues to a finished one, and nothing is left behind.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { scenarios } from './scenario';
import { seen } from './waiting';

const SOURCE = `def total(prices):
    # TODO: round half up
    return sum(prices)


# see #
`;
const SERVER = ['-m', 'issuelens', 'lsp'];

scenarios({
  'from a folder without issues to a closed one, in two windows, and nothing is left': async ({ house, repository, window }) => {
    const shop = repository('shop', { 'prices.py': SOURCE }, false);
    const one = await window(shop);
    await one.open('prices.py');
    await one.openPanel();
    await one.page.locator('.sidebar', { hasText: 'This folder has no issues yet.' }).waitFor();
    await one.inSidebar('Initialise');
    await one.clickLens('Create issue');
    const [, id = ''] = await one.text(/# TODO\((shop-\w+)\): round half up/);
    await one.lens(`${id} · open`).waitFor();
    await one.row('Issues', 'round half up').waitFor();
    await one.badge(1);

    await one.row('Issues', 'round half up').click();
    const page = await one.details();
    await page.getByRole('button', { name: 'Edit Title' }).click();
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Round half to even');
    await one.press('Enter');
    await one.row('Issues', 'Round half to even').waitFor();

    const other = await window(shop);
    await other.openPanel();
    await other.row('Issues', 'Round half to even').waitFor();
    assert.equal(house.sandbox.processes(...SERVER).length, 2);
    assert.equal(house.sandbox.processes('issuelens', 'daemon').length, 1);

    await one.row('Issues', 'Round half to even').dragTo(one.row('Issues', 'In progress'));
    await shop.has(id, 'status', 'in_progress');
    await one.tree('Issues').locator('[aria-label="In progress, 1 in it"]').waitFor();
    await other.tree('Issues').locator('[aria-label="In progress, 1 in it"]').waitFor();

    await one.row('Issues', 'Round half to even').hover();
    await one.row('Issues', 'Round half to even').locator('.action-label[aria-label="Close"]').click();
    await one.row('Issues', 'Round half to even').waitFor({ state: 'detached' });
    await other.row('Issues', 'Round half to even').waitFor({ state: 'detached' });
    const problem = await one.problem(`${id} is closed`);
    await one.command('Issuelens: Undo the Last Change of Issues');
    await problem.waitFor({ state: 'detached' });
    await one.tree('Issues').locator('[aria-label="In progress, 1 in it"]').waitFor();
    await other.row('Issues', 'Round half to even').waitFor();

    for (const each of [one, other]) {
      await each.command('Workspaces: Close Workspace');
    }
    await seen('the end of servers and daemon', () => house.sandbox.processes('issuelens').length === 0);
    assert.equal(fs.existsSync(path.join(shop.folder, '.issues', 'daemon.json')), false);
  },
});
