// One tree view: its rows, how they look, and that they follow what changes.

import * as vscode from 'vscode';
import type { Folders } from './folders';
import { Gathered } from './gathered';
import { Levels, type Changes, type Node, type Source } from './levels';
import { look } from './looks';
import type { FolderRow } from './rows';
import type { State } from './states';

export interface ViewOptions {
  readonly id: string;
  readonly source: Source;
  readonly folders: Folders;
  readonly log: vscode.LogOutputChannel;
  /** Which of the workspaces have rows here. */
  readonly folderRows: (all: readonly FolderRow[]) => readonly FolderRow[];
  /** What the view says, by the number of rows that were found; undefined while that is not known. */
  readonly state: (total: number | undefined) => State;
  /** What happens when a row is opened. */
  readonly open: (node: Node) => vscode.Command | undefined;
  readonly drag?: vscode.TreeDragAndDropController<Node>;
}

/** Owns a tree view. */
export class View implements vscode.Disposable, vscode.TreeDataProvider<Node> {
  readonly tree: vscode.TreeView<Node>;
  private readonly levels: Levels;
  private readonly gathered = new Gathered(() => this.read(() => this.levels.refresh()));
  private readonly changes = new vscode.EventEmitter<Node | Node[] | undefined>();
  private readonly drawings = new vscode.EventEmitter<{ readonly total: number; readonly ready: number }>();
  private readonly owned: { dispose(): unknown }[];
  private isKnown = false;
  private shown = '';

  readonly onDidChangeTreeData = this.changes.event;
  /** Fires with what there is in all, whenever that was read. */
  readonly onDidRead = this.drawings.event;

  constructor(private readonly options: ViewOptions) {
    this.levels = new Levels(options.source);
    this.tree = vscode.window.createTreeView<Node>(options.id, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
      manageCheckboxStateManually: true,
      ...(options.drag === undefined ? {} : { dragAndDropController: options.drag }),
    });
    this.owned = [
      this.tree,
      this.changes,
      this.drawings,
      this.gathered,
      options.folders.onDidChange(() => {
        this.foldersChanged();
      }),
    ];
    this.foldersChanged();
  }

  dispose(): void {
    vscode.Disposable.from(...this.owned).dispose();
  }

  // What VS Code asks

  getTreeItem(node: Node): vscode.TreeItem {
    const found = look(node, (text, ...words) => vscode.l10n.t(text, ...words));
    const item = new vscode.TreeItem(found.label, COLLAPSIBLE[found.below]);
    item.id = found.id;
    item.contextValue = found.context;
    item.accessibilityInformation = { label: found.spoken };
    if (found.description !== undefined) {
      item.description = found.description;
    }
    item.tooltip = found.tooltip ?? found.label;
    if (found.icon !== undefined) {
      item.iconPath = new vscode.ThemeIcon(found.icon, found.color === undefined ? undefined : new vscode.ThemeColor(found.color));
    }
    if (found.isTicked !== undefined) {
      item.checkboxState = checkbox(found.isTicked);
    }
    const command = this.options.open(node);
    if (command !== undefined) {
      item.command = command;
    }
    return item;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (this.folderRows().length === 0) {
      return [];
    }
    try {
      const found = await this.levels.children(node);
      this.told();
      return found;
    } catch (error) {
      this.failed(error);
      return [];
    }
  }

  getParent(node: Node): Node | undefined {
    return this.levels.parentOf(node);
  }

  // What changes

  /** Begins anew: other rows are asked for. */
  restart(): void {
    this.isKnown = false;
    this.levels.reset(this.folderRows());
    this.changes.fire(undefined);
    this.refresh();
  }

  /** Reads again what is shown; many calls in quick succession are few. */
  refresh(): void {
    this.gathered.ask();
  }

  /** Shows more rows of the level in which the row “Show more” stands. */
  more(node: Node): Promise<void> {
    return this.read(() => this.levels.more(node));
  }

  /** Draws rows as they are known, for instance a box that was ticked in vain. */
  redraw(nodes: Node[]): void {
    this.changes.fire(nodes);
  }

  private async read(work: () => Promise<Changes>): Promise<void> {
    try {
      const changed = this.folderRows().length === 0 ? [] : await work();
      if (changed.includes(undefined)) {
        this.changes.fire(undefined);
      } else if (changed.length > 0) {
        this.changes.fire(changed.filter((node) => node !== undefined));
      }
      this.told();
    } catch (error) {
      this.failed(error);
    }
  }

  private foldersChanged(): void {
    const rows = JSON.stringify(this.folderRows());
    if (rows === this.shown) {
      this.setState();
      return;
    }
    this.shown = rows;
    this.restart();
  }

  private folderRows(): readonly FolderRow[] {
    return this.options.folderRows(this.options.folders.situation.workspaces ?? []);
  }

  private told(): void {
    this.isKnown = true;
    this.tree.message = '';
    this.setState();
    this.drawings.fire(this.levels.totals);
  }

  private failed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.options.log.warn(`${this.options.id}: ${text}`);
    // While the server is away, the view says that by itself.
    if (this.options.folders.situation.phase === 'running') {
      this.tree.message = text;
    }
    this.setState();
  }

  private setState(): void {
    const state = this.options.state(this.isKnown ? this.levels.totals.total : undefined);
    void vscode.commands.executeCommand('setContext', `${this.options.id}.state`, state);
  }
}

const COLLAPSIBLE = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
};

function checkbox(isTicked: boolean): NonNullable<vscode.TreeItem['checkboxState']> {
  return {
    state: isTicked ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked,
    tooltip: isTicked ? vscode.l10n.t('Reopen') : vscode.l10n.t('Close'),
  };
}
