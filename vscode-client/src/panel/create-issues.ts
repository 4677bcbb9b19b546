// Issues of the TODOs that are chosen, after a look at what they would be.

import * as vscode from 'vscode';
import { plain } from '../plain';
import type { Server } from '../server';
import type { TodoRow } from './rows';

interface Preview {
  readonly uri: string;
  readonly key: string;
  readonly refused?: string;
  readonly title?: string;
  readonly priority?: number;
  readonly issue_type?: string;
  readonly assignee?: string | null;
  readonly due_at?: string | null;
}

type Item = vscode.QuickPickItem & { readonly preview: Preview };

/** Shows which issues TODOs would become, and creates those that stay ticked. */
export async function createFrom(server: Server, rows: readonly TodoRow[]): Promise<void> {
  const todos = rows.filter(({ issue }) => issue === null).map(({ uri, key }) => ({ uri, key }));
  if (todos.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Choose TODOs that have no issue yet.'));
    return;
  }
  const places = new Map(rows.map((row) => [row.key, `${row.path}:${row.line}`]));
  const previews = await server.request<readonly Preview[]>('issuelens/previewIssues', { todos });
  const items = previews.map((preview) => item(preview, places.get(preview.key) ?? ''));
  const chosen = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Create these issues?'),
    placeHolder: vscode.l10n.t('What is ticked is created, and its id is written into the comment'),
  });
  await create(server, (chosen ?? []).map(({ preview }) => preview));
}

function item(preview: Preview, place: string): Item {
  if (preview.refused !== undefined) {
    return { label: plain(place), description: plain(preview.refused), preview };
  }
  const facts = [preview.issue_type, `P${preview.priority ?? 2}`, preview.assignee, preview.due_at?.slice(0, 10)];
  const described = facts.filter((one) => one !== undefined && one !== null).join(' · ');
  return { label: plain(preview.title ?? ''), description: plain(described), detail: plain(place), picked: true, preview };
}

/** One edit for each file. */
async function create(server: Server, previews: readonly Preview[]): Promise<void> {
  const files = new Map<string, string[]>();
  for (const { uri, key, refused } of previews) {
    if (refused === undefined) {
      files.set(uri, [...(files.get(uri) ?? []), key]);
    }
  }
  for (const [uri, keys] of files) {
    await server.execute('createIssuesFromTodos', { uri, keys });
  }
}
