// One test in a real window. What tells of a failure is kept in build/vscode/failed.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { House, missing } from './house';
import { ROOT, type Repository } from './sandbox';
import type { Window } from './window';

/** Longer than what a scenario waits for: the wait itself is to fail, since that says for what. */
const TEST_MS = 300_000;
const FAILED = path.join(ROOT, 'build', 'vscode', 'failed');

/** What a scenario plays in. */
export interface Scene {
  readonly house: House;
  /** Makes a repository. */
  readonly repository: House['sandbox']['repository'];
  /** Opens a window, which is closed at the end. */
  readonly window: (repository: Repository, isTrusted?: boolean) => Promise<Window>;
}

/** Declares scenarios that share one VS Code; each plays in repositories and windows of its own. */
export function scenarios(named: Readonly<Record<string, (scene: Scene) => Promise<void>>>): void {
  const skip = missing() ?? false;
  let house: House | undefined;
  if (skip === false) {
    before(async () => {
      house = await House.open();
    });
    after(async () => {
      await house?.close();
    });
  }
  for (const [name, play] of Object.entries(named)) {
    void test(name, { skip, timeout: TEST_MS }, async () => {
      if (house !== undefined) {
        await played(house, name, play);
      }
    });
  }
}

async function played(house: House, name: string, play: (scene: Scene) => Promise<void>): Promise<void> {
  const windows: Window[] = [];
  const window: Scene['window'] = async (repository, isTrusted) => {
    const opened = await house.window(repository, isTrusted, (one) => windows.push(one));
    return opened;
  };
  try {
    await play({ house, window, repository: (...words) => house.sandbox.repository(...words) });
  } catch (error) {
    const folder = await kept(house, name, windows);
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${told}\nScreen and logs are in ${path.relative(ROOT, folder)}.`, { cause: error });
  } finally {
    for (const one of windows) {
      await one.close();
    }
  }
}

async function kept(house: House, name: string, windows: readonly Window[]): Promise<string> {
  const folder = path.join(FAILED, name.replaceAll(/\W+/g, '-'));
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const [number, one] of windows.filter(({ page }) => !page.isClosed()).entries()) {
    await one.page.screenshot({ path: path.join(folder, `window-${number}.png`) });
    fs.writeFileSync(path.join(folder, `window-${number}.log`), one.written());
  }
  house.keepLogs(folder);
  return folder;
}
