// The view of issues.

import * as vscode from 'vscode';
import type { Server } from '../server';
import { Actions, chosenOf } from './actions';
import { Dragging } from './dragging';
import type { Folders } from './folders';
import type { Node } from './levels';
import { askForQuery } from './query-box';
import { answerOf, type Answer } from './rows';
import { issueFolders, issuesState } from './states';
import { View } from './view';

export const ISSUES = 'issuelens.issues';
const FIELDS = ['status', 'priority', 'assignee', 'label', 'epic', 'file', 'none'] as const;

/** Owns the view of issues, and what is chosen in it. */
export class IssuesView implements vscode.Disposable {
  readonly view: View;
  private readonly actions: Actions;
  private readonly owned: { dispose(): unknown }[];

  constructor(
    private readonly server: Server,
    private readonly folders: Folders,
    private readonly memory: vscode.Memento,
    log: vscode.LogOutputChannel,
    private readonly failed: (error: unknown) => void,
  ) {
    this.actions = new Actions(server);
    this.view = new View({
      id: ISSUES,
      source: { levels: (workspace, levels) => this.ask(workspace, this.query, levels) },
      folders,
      log,
      folderRows: issueFolders,
      state: (total) => issuesState(folders.situation, total, this.query !== ''),
      open: openCommand,
      drag: new Dragging(server, failed),
    });
    this.owned = [
      this.view,
      this.view.onDidRead(({ ready }) => {
        this.showBadge(ready);
      }),
      this.view.tree.onDidChangeCheckboxState(({ items }) => this.ticked(items)),
      server.onNotification('issuelens/didChangeIssues', () => {
        this.view.refresh();
      }),
      server.onNotification('issuelens/didChangeTodos', () => {
        // Where ids stand in the code counts for one grouping only.
        if (this.groupBy === 'file') {
          this.view.refresh();
        }
      }),
      ...this.commands(),
    ];
    this.showQuery();
  }

  dispose(): void {
    vscode.Disposable.from(...this.owned).dispose();
  }

  private get query(): string {
    return this.memory.get('issues.query', '');
  }

  private get groupBy(): string {
    return this.memory.get('issues.groupBy', 'status');
  }

  private async ask(workspace: string, query: string, levels: readonly unknown[]): Promise<Answer> {
    const params = { workspace, query, groupBy: this.groupBy, levels };
    return answerOf(await this.server.request<unknown>('issuelens/issueTree', params));
  }

  // Commands

  private commands(): vscode.Disposable[] {
    const on = (verb: string, run: (node?: Node, selected?: readonly Node[]) => Promise<void>): vscode.Disposable =>
      vscode.commands.registerCommand(`${ISSUES}.${verb}`, async (node?: Node, selected?: readonly Node[]) => {
        try {
          // By a key, nothing is named: the selection is meant.
          await run(node, selected ?? this.view.tree.selection);
        } catch (error) {
          this.failed(error);
        }
      });
    const all = (run: (chosen: ReturnType<typeof chosenOf>) => Promise<void>) => (node?: Node, selected?: readonly Node[]) =>
      run(chosenOf(node, selected));
    return [
      on('query', () => this.chooseQuery()),
      on('clearQuery', () => this.setQuery('')),
      on('groupBy', () => this.chooseGroups()),
      on('start', all((chosen) => this.actions.run('startIssue', chosen))),
      on('close', all((chosen) => this.actions.run('closeIssue', chosen))),
      on('closeWithReason', all((chosen) => this.actions.closeWithReason(chosen))),
      on('reopen', all((chosen) => this.actions.run('reopenIssue', chosen))),
      on('copyId', all((chosen) => this.actions.copyIds(chosen))),
      on('delete', all((chosen) => this.actions.remove(chosen))),
      on('keepMine', (node, selected) => this.actions.settle('mine', node, selected)),
      on('takeTheirs', (node, selected) => this.actions.settle('theirs', node, selected)),
      on('takeOther', (node, selected) => this.actions.settle('other', node, selected)),
      on('dismissConflict', (node, selected) => this.actions.settle('dismiss', node, selected)),
      on('initialise', async (node) => {
        await (node === undefined ? undefined : this.server.execute('initWorkspace', { workspace: node.row.key }));
      }),
      on('more', async (node) => {
        await (node === undefined ? undefined : this.view.more(node));
      }),
    ];
  }

  private async chooseQuery(): Promise<void> {
    const query = await askForQuery({
      current: this.query,
      saved: this.memory.get<string[]>('issues.saved', []),
      count: (text) => this.count(text),
      save: (queries) => void this.memory.update('issues.saved', queries),
    });
    if (query !== undefined) {
      // What can't be read is told, and changes nothing.
      await this.count(query);
      await this.setQuery(query);
    }
  }

  private async count(query: string): Promise<number> {
    const open = (this.folders.situation.workspaces ?? []).filter(({ state }) => state === 'open');
    const answers = await Promise.all(open.map(({ key }) => this.ask(key, query, [])));
    return answers.reduce((sum, { total }) => sum + total, 0);
  }

  private async setQuery(query: string): Promise<void> {
    await this.memory.update('issues.query', query);
    this.showQuery();
    this.view.restart();
  }

  private async chooseGroups(): Promise<void> {
    const items = FIELDS.map((field) => ({ label: fieldName(field), field, picked: field === this.groupBy }));
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Group issues by') });
    if (chosen !== undefined) {
      await this.memory.update('issues.groupBy', chosen.field);
      this.showQuery();
      this.view.restart();
    }
  }

  private async ticked(items: readonly [Node, vscode.TreeItemCheckboxState][]): Promise<void> {
    try {
      await this.actions.tick(items);
    } catch (error) {
      this.failed(error);
      this.view.redraw(items.map(([node]) => node));
    }
  }

  // What is shown beside the rows

  private showQuery(): void {
    const words = [this.query, this.groupBy === 'status' ? '' : vscode.l10n.t('by {0}', fieldName(this.groupBy))];
    this.view.tree.description = words.filter((one) => one !== '').join(' · ');
    void vscode.commands.executeCommand('setContext', `${ISSUES}.hasQuery`, this.query !== '');
  }

  private showBadge(ready: number): void {
    const tooltip = ready === 1 ? vscode.l10n.t('1 issue is ready') : vscode.l10n.t('{0} issues are ready', ready);
    this.view.tree.badge = ready === 0 ? undefined : { value: ready, tooltip };
  }
}

/** What opens a row: an issue its details, “Show more” more. */
function openCommand(node: Node): vscode.Command | undefined {
  if (node.row.kind === 'more') {
    return { command: `${ISSUES}.more`, title: vscode.l10n.t('Show more'), arguments: [node] };
  }
  if (node.row.kind === 'folder' && node.row.isBare === true && node.row.state === 'failed') {
    return { command: 'issuelens.showLogs', title: vscode.l10n.t('Show Logs') };
  }
  const id = node.row.kind === 'issue' ? node.row.key : node.row.kind === 'conflict' ? node.row.id : undefined;
  if (id === undefined || node.folder === undefined) {
    return undefined;
  }
  const argument = { workspace: node.folder.row.key, id };
  return { command: 'issuelens.openIssue', title: vscode.l10n.t('Open'), arguments: [argument] };
}

function fieldName(field: string): string {
  const names: Readonly<Record<string, string>> = {
    status: vscode.l10n.t('status'),
    priority: vscode.l10n.t('priority'),
    assignee: vscode.l10n.t('assignee'),
    label: vscode.l10n.t('label'),
    epic: vscode.l10n.t('epic'),
    file: vscode.l10n.t('file'),
    none: vscode.l10n.t('nothing'),
  };
  return names[field] ?? field;
}
