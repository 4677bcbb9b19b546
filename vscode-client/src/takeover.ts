// Takes over the settings of other TODO extensions into the workspace's config.toml.

import * as vscode from 'vscode';
import { pickFolder } from './picks';
import { plain } from './plain';
import type { Server } from './server';
import { say } from './told';

/** The sections of the extensions that the server knows, and how many words follow in the name of a setting. */
const SECTIONS = { 'todo-tree': 2, 'better-todo-tree': 2, todohighlight: 1, 'better-comments': 1 };

interface Told {
  readonly extensions: readonly string[];
  readonly changes: readonly { readonly key: string; readonly after: unknown }[];
  readonly remarks: readonly { readonly setting: string; readonly value: string; readonly reason: string }[];
}

/** Shows what would be changed, and changes it when that is wanted. */
export async function takeOver(server: Server): Promise<void> {
  const workspace = await pickFolder(server);
  if (workspace === undefined) {
    return;
  }
  const settings = settingsOf(vscode.Uri.parse(workspace, true));
  const told = await server.request<Told>('issuelens/importTodoSettings', { workspace, settings });
  if (told.changes.length === 0) {
    say(vscode.l10n.t('{0}: there is nothing to take over.', told.extensions.join(', ')));
    return;
  }
  const question = vscode.l10n.t('Take over {0} settings of {1} into config.toml?', told.changes.length, told.extensions.join(', '));
  const take = vscode.l10n.t('Take Over');
  const detail = plain([...told.changes.map(lineOf), ...told.remarks.map(remarkOf)].slice(0, 20).join('\n'));
  if ((await vscode.window.showInformationMessage(plain(question), { modal: true, detail }, take)) === take) {
    await server.request('issuelens/importTodoSettings', { workspace, settings, write: true });
    say(vscode.l10n.t('{0} settings are in .issues/config.toml now.', told.changes.length));
  }
}

/** What the person or the workspace has set, by whole names; defaults are left out. */
function settingsOf(scope: vscode.Uri): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const all = vscode.workspace.getConfiguration(undefined, scope);
  for (const [section, depth] of Object.entries(SECTIONS)) {
    for (const name of leaves(section, all.get(section), depth)) {
      const set = all.inspect(name);
      const value = set?.workspaceFolderValue ?? set?.workspaceValue ?? set?.globalValue;
      if (value !== undefined) {
        found[name] = value;
      }
    }
  }
  return found;
}

function leaves(name: string, value: unknown, depth: number): string[] {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    return value === undefined ? [] : [name];
  }
  return Object.entries(value).flatMap(([key, one]) => leaves(`${name}.${key}`, one, depth - 1));
}

function lineOf({ key, after }: Told['changes'][number]): string {
  return `${key}: ${typeof after === 'string' ? after : JSON.stringify(after)}`;
}

function remarkOf({ setting, value, reason }: Told['remarks'][number]): string {
  return vscode.l10n.t('Left out: {0}: {1}', value === '' ? setting : `${setting} ${value}`, reason);
}
