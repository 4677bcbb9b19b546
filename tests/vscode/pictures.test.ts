// The pictures of the README, drawn anew by `make pictures`.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { shop } from './sample';
import { ROOT, type Repository } from './sandbox';
import { scenarios, type Scene } from './scenario';
import type { Window } from './window';

const MEDIA = path.join(ROOT, 'docs', 'media');
const SIZE = { width: 1040, height: 600 };
const LIST_HEIGHT = 300;
const SIDEBAR_EDGE = 350;
const THEMES = { light: 'Light 2026', dark: 'Dark 2026' };
const SETTINGS = { 'breadcrumbs.enabled': false, 'window.commandCenter': false, 'workbench.layoutControl.enabled': false };

/** Opens a repository in a window of the pictures' size, with the panel. */
async function opened(scene: Scene, repository: Repository, tracked: string): Promise<Window> {
  const one = await scene.window(repository);
  await one.page.setViewportSize(SIZE);
  await one.openPanel();
  await one.row('TODOs', tracked).waitFor();
  // Titles are to be read to their end.
  await one.page.mouse.move(SIDEBAR_EDGE, SIZE.height / 2);
  await one.page.mouse.down();
  await one.page.mouse.move(SIDEBAR_EDGE + 60, SIZE.height / 2, { steps: 5 });
  await one.page.mouse.up();
  return one;
}

/** Writes what the window shows. */
async function drawn(one: Window, name: string, height = SIZE.height): Promise<void> {
  await one.page.mouse.move(SIZE.width / 2, SIZE.height - 4);
  await one.hoverShown().waitFor({ state: 'hidden' });
  await one.page.screenshot({ path: path.join(MEDIA, `${name}.png`), clip: { x: 0, y: 0, width: SIZE.width, height } });
}

async function draw(scene: Scene, theme: 'light' | 'dark'): Promise<void> {
  const settings = { '.vscode/settings.json': JSON.stringify({ ...SETTINGS, 'workbench.colorTheme': THEMES[theme] }) };
  const bare = await opened(scene, scene.repository(`empty-${theme}`, { ...settings, 'app.py': '# TODO: say hello\n' }, false), 'say hello');
  await drawn(bare, `welcome-${theme}`, LIST_HEIGHT);
  const one = await opened(scene, shop(scene.house.sandbox, `shop-${theme}`, settings), 'say how to run it');
  await one.open('prices.py');
  await one.lens('Create issue').waitFor();
  await one.goTo(10, 9);
  await drawn(one, `panel-${theme}`);
  await one.command('Issuelens: Find Issue…');
  await one.asked('inv');
  await one.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Number invoices' }).waitFor();
  await drawn(one, `find-${theme}`, LIST_HEIGHT);
  await one.press('Escape');
  for (const text of ['reduced rates', 'say how to run it', 'merge lines']) {
    await one.row('TODOs', text).click({ modifiers: ['Control'] });
  }
  await one.row('TODOs', 'merge lines').locator('.action-label[aria-label^="Create Issues"]').click();
  await one.page.locator('.quick-input-list .monaco-list-row', { hasText: 'merge lines' }).waitFor();
  await drawn(one, `todos-${theme}`);
  await one.press('Escape');
  await one.row('Issues', 'Round half up on invoices').click();
  await (await one.details()).getByRole('heading', { name: 'History' }).waitFor();
  // Without the side bar, the tab has room for its two columns.
  await one.press('Control+b');
  await one.tree('Issues').waitFor({ state: 'hidden' });
  await drawn(one, `details-${theme}`);
}

if (process.env['UPDATE_PICTURES'] === '1') {
  fs.mkdirSync(MEDIA, { recursive: true });
  scenarios({
    'the pictures in light': (scene) => draw(scene, 'light'),
    'the pictures in dark': (scene) => draw(scene, 'dark'),
  });
}
