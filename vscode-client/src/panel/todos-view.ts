// The view of TODOs.

import * as vscode from 'vscode';
import type { Server } from '../server';
import { createFrom } from './create-issues';
import type { Folders } from './folders';
import type { Node } from './levels';
import { answerOf, type Answer, type TodoRow } from './rows';
import { todosState } from './states';
import { View } from './view';

export const TODOS = 'issuelens.todos';
const FIELDS = ['file', 'tag', 'owner', 'tracked', 'age', 'none'] as const;

/** Owns the view of TODOs, and what is chosen in it. */
export class TodosView implements vscode.Disposable {
  private readonly view: View;
  private readonly owned: { dispose(): unknown }[];

  constructor(
    private readonly server: Server,
    folders: Folders,
    private readonly memory: vscode.Memento,
    log: vscode.LogOutputChannel,
    private readonly failed: (error: unknown) => void,
  ) {
    this.view = new View({
      id: TODOS,
      source: { levels: (workspace, levels) => this.ask(workspace, levels) },
      folders,
      log,
      folderRows: (all) => all,
      state: (total) => todosState(folders.situation, total, this.filter !== '' || this.isOnlyNew),
      open: openCommand,
    });
    this.owned = [
      this.view,
      server.onNotification('issuelens/didChangeTodos', () => {
        this.view.refresh();
      }),
      // An issue that is finished, or comes, changes the TODOs that name it.
      server.onNotification('issuelens/didChangeIssues', () => {
        this.view.refresh();
      }),
      ...this.commands(),
    ];
    this.showChoice();
  }

  dispose(): void {
    vscode.Disposable.from(...this.owned).dispose();
  }

  private get groupBy(): string {
    return this.memory.get('todos.groupBy', 'file');
  }

  private get filter(): string {
    return this.memory.get('todos.filter', '');
  }

  private get isOnlyNew(): boolean {
    return this.memory.get('todos.isOnlyNew', false);
  }

  private async ask(workspace: string, levels: readonly unknown[]): Promise<Answer> {
    const { groupBy, filter, isOnlyNew } = this;
    const params = { workspace, groupBy, filter, onlyNew: isOnlyNew, levels };
    return answerOf(await this.server.request<unknown>('issuelens/todoTree', params));
  }

  private commands(): vscode.Disposable[] {
    const on = (verb: string, run: (node?: Node, selected?: readonly Node[]) => Promise<void>): vscode.Disposable =>
      vscode.commands.registerCommand(`${TODOS}.${verb}`, async (node?: Node, selected?: readonly Node[]) => {
        try {
          await run(node, selected);
        } catch (error) {
          this.failed(error);
        }
      });
    return [
      on('filter', () => this.chooseFilter()),
      on('clearFilter', () => this.set({ 'todos.filter': '', 'todos.isOnlyNew': false })),
      on('groupBy', () => this.chooseGroups()),
      on('onlyNew', () => this.set({ 'todos.isOnlyNew': true })),
      on('all', () => this.set({ 'todos.isOnlyNew': false })),
      on('createIssues', (node, selected) => createFrom(this.server, todosOf(node, selected ?? this.view.tree.selection))),
      on('more', async (node) => {
        await (node === undefined ? undefined : this.view.more(node));
      }),
    ];
  }

  private async chooseFilter(): Promise<void> {
    const filter = await vscode.window.showInputBox({
      title: vscode.l10n.t('Which TODOs are shown?'),
      prompt: vscode.l10n.t('Words of the comment, its tag, its owner or its file; empty for all'),
      value: this.filter,
    });
    if (filter !== undefined) {
      await this.set({ 'todos.filter': filter.trim() });
    }
  }

  private async chooseGroups(): Promise<void> {
    const items = FIELDS.map((field) => ({ label: fieldName(field), field }));
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Group TODOs by') });
    if (chosen !== undefined) {
      await this.set({ 'todos.groupBy': chosen.field });
    }
  }

  private async set(values: Readonly<Record<string, string | boolean>>): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      await this.memory.update(key, value);
    }
    this.showChoice();
    this.view.restart();
  }

  private showChoice(): void {
    const words = [
      this.filter,
      this.isOnlyNew ? vscode.l10n.t('new on this branch') : '',
      this.groupBy === 'file' ? '' : vscode.l10n.t('by {0}', fieldName(this.groupBy)),
    ];
    this.view.tree.description = words.filter((one) => one !== '').join(' · ');
    const isNarrowed = this.filter !== '' || this.isOnlyNew;
    void vscode.commands.executeCommand('setContext', `${TODOS}.hasFilter`, isNarrowed);
    void vscode.commands.executeCommand('setContext', `${TODOS}.isOnlyNew`, this.isOnlyNew);
  }
}

/** The TODOs that are meant: those selected when the row is among them, else the row alone. */
function todosOf(node: Node | undefined, selected: readonly Node[]): TodoRow[] {
  const nodes = node === undefined || selected.includes(node) ? selected : [node];
  return nodes.map(({ row }) => row).filter((row): row is TodoRow => row.kind === 'todo');
}

/** What opens a row: a TODO its place, “Show more” more. */
function openCommand(node: Node): vscode.Command | undefined {
  const { row } = node;
  if (row.kind === 'more') {
    return { command: `${TODOS}.more`, title: vscode.l10n.t('Show more'), arguments: [node] };
  }
  if (row.kind !== 'todo') {
    return undefined;
  }
  const place = new vscode.Position(row.line - 1, row.column - 1);
  const shown: vscode.TextDocumentShowOptions = { selection: new vscode.Range(place, place) };
  return { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.parse(row.uri, true), shown] };
}

function fieldName(field: string): string {
  const names: Readonly<Record<string, string>> = {
    file: vscode.l10n.t('file'),
    tag: vscode.l10n.t('tag'),
    owner: vscode.l10n.t('owner'),
    tracked: vscode.l10n.t('whether it has an issue'),
    age: vscode.l10n.t('age'),
    none: vscode.l10n.t('nothing'),
  };
  return names[field] ?? field;
}
