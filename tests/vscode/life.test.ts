// When the language server is started in VS Code, what happens when it can't be, and that it leaves.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { scenarios } from './scenario';
import { seen } from './waiting';

const SOURCE = '# TODO: round half up\n';
const SERVER = ['-m', 'issuelens', 'lsp'];

scenarios({
  'a folder that is not trusted starts nothing, and what it sets counts as soon as it is': async ({ house, repository, window }) => {
    const settings = path.join('.vscode', 'settings.json');
    const shop = repository('stranger', { 'a.py': SOURCE, [settings]: '{"issuelens.interpreter": "no-such-python"}' });
    const one = await window(shop, false);
    await one.command('Issuelens: Show Logs');
    await one.output('The folder is not trusted: no language server is started.');
    assert.deepEqual(house.sandbox.processes('issuelens'), []);
    await one.command('Workspaces: Manage Workspace Trust');
    await one.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).click();
    // Another Python would have been found.
    const text = 'Issuelens needs Python 3.11 or newer, and found none.';
    assert.match(await one.said(text), /no-such-python \(the setting issuelens\.interpreter\): it is not there/);
    assert.deepEqual(house.sandbox.processes('issuelens'), []);
    await one.onMessage(text, 'Choose Python');
    await one.page.locator('.settings-editor', { hasText: 'Interpreter' }).waitFor();
    shop.write(settings, '{}');
    await one.open('a.py');
    await one.lens('Create issue').waitFor();
  },

  'a folder becomes a workspace, and issues are listed and started': async ({ repository, window }) => {
    const garden = repository('garden', { 'a.py': SOURCE }, false);
    const one = await window(garden);
    await one.open('a.py');
    await one.command('Issuelens: Initialise Folder');
    await seen('the settings', () => fs.existsSync(path.join(garden.folder, '.issues', 'config.toml')));
    await one.lens('Create issue').waitFor();
    await one.command('Issuelens: Create Issue…');
    await one.answered('Water the roses');
    await one.message('is created: Water the roses').waitFor();
    await one.command('Issuelens: Find Issue…');
    await one.choose('Water the roses');
    await one.choose('Start');
    await one.answer('Stay on This Branch');
    const [issue] = JSON.parse(garden.issuelens('list', '--json')) as { id: string }[];
    await garden.has(issue?.id ?? '', 'status', 'in_progress');
  },

  'a server that was killed comes back': async ({ house, repository, window }) => {
    const one = await window(repository('killed', { 'a.py': SOURCE }));
    await one.open('a.py');
    await one.lens('Create issue').waitFor();
    const [first] = house.sandbox.processes(...SERVER);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await seen('another server', () => house.sandbox.processes(...SERVER).some(({ pid }) => pid !== first?.pid));
    await one.clickLens('Create issue');
    await one.text(/# TODO\(app-\w+\): round half up/);
  },
});
