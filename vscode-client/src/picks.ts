// What a command asks first: which folder, which issue.

import * as vscode from 'vscode';
import { hasWork, shownFound, type Found } from './issues';
import { plain } from './plain';
import type { Server } from './server';
import { say } from './told';

export interface Named {
  readonly workspace: string;
  readonly id: string;
}

/** The folder of the text that is edited, the only folder, or the one that the person picks; its URI. */
export async function pickFolder(server: Server): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    say(vscode.l10n.t('Issuelens: open a folder first.'));
    return undefined;
  }
  const edited = vscode.window.activeTextEditor?.document.uri;
  const own = edited === undefined ? undefined : vscode.workspace.getWorkspaceFolder(edited);
  const folder = folders.length === 1 ? folders[0] : (own ?? (await vscode.window.showWorkspaceFolderPick()));
  return folder === undefined ? undefined : server.uriOf(folder.uri);
}

interface Item extends vscode.QuickPickItem {
  readonly found?: Found;
}

/** What a list of issues offers. */
export interface Listing {
  readonly title: string;
  /** Which issues are offered: `open`, `closed` or `any`. */
  readonly state: 'open' | 'closed' | 'any';
  /** The URI of the only folder whose issues are offered. */
  readonly workspace?: string;
  readonly buttons?: (found: Found) => readonly (vscode.QuickInputButton & { readonly run: () => Promise<void> })[];
}

/** Asks for an issue. The server looks for what is typed; the list only shows what it has found. */
export async function pickIssue(server: Server, listing: Listing): Promise<Found | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = listing.title;
  pick.placeholder = vscode.l10n.t('Words of a title, an id, or @ and a name');
  pick.matchOnDescription = true;
  const search = async (words: string): Promise<void> => {
    pick.busy = true;
    const params = { words, state: listing.state, limit: 100, workspace: listing.workspace };
    try {
      const found = await server.request<Found[]>('issuelens/findIssues', params);
      if (pick.value === words) {
        pick.items = itemsOf(found, listing);
      }
    } catch (error) {
      pick.items = [{ label: plain(error instanceof Error ? error.message : String(error)), alwaysShow: true }];
    } finally {
      pick.busy = pick.value !== words;
    }
  };
  return shown(pick, search);
}

function itemsOf(found: readonly Found[], listing: Listing): Item[] {
  const isOne = new Set(found.map((one) => one.workspace)).size <= 1;
  const items = found.map((one) => ({ ...shownFound(one, isOne), found: one, buttons: listing.buttons?.(one) ?? [], alwaysShow: true }));
  return items.length > 0 ? items : [{ label: vscode.l10n.t('No issue is found.'), alwaysShow: true }];
}

function shown(pick: vscode.QuickPick<Item>, search: (words: string) => Promise<void>): Promise<Found | undefined> {
  return new Promise((resolve) => {
    const owned = [
      pick,
      pick.onDidChangeValue((words) => void search(words)),
      pick.onDidTriggerItemButton(({ button }) => {
        pick.hide();
        if (hasWork(button)) {
          void button.run();
        }
      }),
      pick.onDidAccept(() => {
        resolve(pick.selectedItems[0]?.found);
        pick.hide();
      }),
      pick.onDidHide(() => {
        resolve(undefined);
        vscode.Disposable.from(...owned).dispose();
      }),
    ];
    pick.show();
    void search('');
  });
}
