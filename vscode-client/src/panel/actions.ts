// What is done with the issues that are chosen in a tree.

import * as vscode from 'vscode';
import { plain } from '../plain';
import type { Server } from '../server';
import type { Node } from './levels';
import type { IssueRow } from './rows';

/** Issues of one workspace, each once. */
export interface Chosen {
  readonly workspace: string;
  readonly rows: readonly IssueRow[];
}

/** The issues that are meant: those selected when the row is among them, else the row alone. */
export function chosenOf(node: Node | undefined, selected: readonly Node[] | undefined): Chosen[] {
  const nodes = node === undefined || selected?.includes(node) === true ? (selected ?? []) : [node];
  const found = new Map<string, Map<string, IssueRow>>();
  for (const one of nodes) {
    if (one.row.kind === 'issue' && one.folder !== undefined) {
      const rows = found.get(one.folder.row.key) ?? new Map<string, IssueRow>();
      found.set(one.folder.row.key, rows.set(one.row.key, one.row));
    }
  }
  return [...found].map(([workspace, rows]) => ({ workspace, rows: [...rows.values()] }));
}

/** What settles a conflict. */
export type Take = 'mine' | 'theirs' | 'other' | 'dismiss';

/** Does what a row's menu offers. */
export class Actions {
  constructor(private readonly server: Server) {}

  /** Runs a command of the server on issues, as one operation for each workspace. */
  async run(verb: string, chosen: readonly Chosen[], more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    for (const { workspace, rows } of chosen) {
      await this.server.execute(verb, { workspace, ids: rows.map(({ key }) => key), ...more });
    }
  }

  /** Closes issues after asking why. */
  async closeWithReason(chosen: readonly Chosen[]): Promise<void> {
    const reason = await vscode.window.showInputBox({
      title: vscode.l10n.t('Close {0}', named(chosen)),
      prompt: vscode.l10n.t('Why? May be left empty.'),
    });
    if (reason !== undefined) {
      await this.run('closeIssue', chosen, { reason });
    }
  }

  /** Deletes issues after asking whether that is meant. */
  async remove(chosen: readonly Chosen[]): Promise<void> {
    const hasChildren = chosen.some(({ rows }) => rows.some(({ children }) => children > 0));
    const button = hasChildren ? vscode.l10n.t('Delete with Children') : vscode.l10n.t('Delete');
    const question = vscode.l10n.t('Delete {0}?', named(chosen));
    const detail = vscode.l10n.t('The history keeps what is deleted, and “Undo” brings it back.');
    if ((await vscode.window.showWarningMessage(plain(question), { modal: true, detail }, button)) === button) {
      await this.run('deleteIssue', chosen, { withChildren: hasChildren });
    }
  }

  /** Settles the conflicts that are meant: those selected when the row is among them, else the row alone. */
  async settle(take: Take, node: Node | undefined, selected: readonly Node[] | undefined): Promise<void> {
    const nodes = node === undefined || selected?.includes(node) === true ? (selected ?? []) : [node];
    for (const { row, folder } of nodes) {
      if (row.kind === 'conflict' && folder !== undefined) {
        await this.server.execute('settleConflict', { workspace: folder.row.key, id: row.id, number: row.number, take });
      }
    }
  }

  /** Puts ids on the clipboard. */
  async copyIds(chosen: readonly Chosen[]): Promise<void> {
    await vscode.env.clipboard.writeText(chosen.flatMap(({ rows }) => rows.map(({ key }) => key)).join(' '));
  }

  /** Closes or reopens issues, as their boxes were ticked. */
  async tick(items: readonly [Node, vscode.TreeItemCheckboxState][]): Promise<void> {
    const isTicked = (state: vscode.TreeItemCheckboxState): boolean => state === vscode.TreeItemCheckboxState.Checked;
    const nodes = (ticked: boolean): Node[] => items.filter(([, state]) => isTicked(state) === ticked).map(([node]) => node);
    await this.run('closeIssue', chosenOf(undefined, nodes(true)));
    await this.run('reopenIssue', chosenOf(undefined, nodes(false)));
  }
}

function named(chosen: readonly Chosen[]): string {
  const rows = chosen.flatMap((one) => one.rows);
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? only.key : vscode.l10n.t('{0} issues', rows.length);
}
