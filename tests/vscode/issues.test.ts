// A TODO's way through VS Code, from its lens to its end.

import assert from 'node:assert/strict';
import { scenarios } from './scenario';

const SOURCE = `def total(prices):
    # TODO: round half up
    return sum(prices)


# see #
`;

scenarios({
  'a TODO becomes an issue, which is read, edited and closed': async ({ repository, window }) => {
    const shop = repository('shop', { 'prices.py': SOURCE });
    const one = await window(shop);
    await one.open('prices.py');
    await one.clickLens('Create issue');
    const [, id = ''] = await one.text(/# TODO\((app-\w+)\): round half up/);
    await one.lens(`${id} · open`).waitFor();
    await one.save();

    assert.match(await one.hover(id), /round half up\s+open · P2/);
    await one.goTo(6, 8);
    assert.ok((await one.completions()).some((label) => label.includes(id)));
    await one.press('Escape');

    await one.goTo(2, 14);
    await one.press('F12');
    await one.isOpen(`${id}.md`);
    await one.text(/^title: round half up$/m);
    await one.goTo(3, 1);
    await one.press('End');
    await one.type(', always');
    await one.save();
    await shop.has(id, 'title', 'round half up, always');

    await one.open('prices.py');
    await one.clickLens('Close');
    await shop.has(id, 'status', 'closed');
    await one.problem(`${id} is closed`);
    await one.click('# TODO');
    await one.act('Remove this TODO');
    await one.text(/prices\):\n\s+return sum/);
  },

  'an id is found wherever it stands, and renamed there': async ({ repository, window }) => {
    const shop = repository('rename', {});
    const [first, second] = [shop.create('Round half up'), shop.create('Round at all')];
    shop.write('a.py', `# TODO(${first}): up\n`);
    shop.write('b.py', `# see ${first}\n`);
    const one = await window(shop);
    await one.open('a.py');
    await one.lens(`${first} · open`).waitFor();
    await one.goTo(1, 12);
    await one.press('Shift+F12');
    const places = one.page.locator('.reference-zone-widget');
    await places.getByText('b.py').first().waitFor();
    await one.press('Escape');
    await places.waitFor({ state: 'detached' });
    await one.goTo(1, 12);
    await one.press('F2');
    await one.rename(second);
    assert.match(await one.dialog(), /are two issues/);
    await one.press('Escape');
    await one.page.locator('.monaco-dialog-box').waitFor({ state: 'hidden' });
    await one.press('F2');
    await one.rename(second);
    await one.answer('Only the references');
    await one.text(new RegExp(`# TODO\\(${second}\\): up`));
  },
});
