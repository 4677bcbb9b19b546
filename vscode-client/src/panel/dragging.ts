// Dragging issues onto groups and onto other issues.

import * as vscode from 'vscode';
import { plain } from '../plain';
import type { Server } from '../server';
import type { Node } from './levels';
import { draggedOf, type Dragged } from './dragged';

const MIME = 'application/vnd.code.tree.issuelens.issues';

/** Drops issues on rows; what that means is decided by the server. */
export class Dragging implements vscode.TreeDragAndDropController<Node> {
  readonly dragMimeTypes = [MIME];
  readonly dropMimeTypes = [MIME];

  constructor(
    private readonly server: Server,
    private readonly failed: (error: unknown) => void,
  ) {}

  handleDrag(nodes: readonly Node[], transfer: vscode.DataTransfer): void {
    const dragged = draggedOf(nodes);
    if (dragged !== undefined) {
      // As text: the tree may be drawn anew while it is dragged.
      transfer.set(MIME, new vscode.DataTransferItem(JSON.stringify(dragged)));
    }
  }

  async handleDrop(target: Node | undefined, transfer: vscode.DataTransfer): Promise<void> {
    const text = await transfer.get(MIME)?.asString();
    if (text === undefined || (target?.row.kind !== 'group' && target?.row.kind !== 'issue')) {
      return;
    }
    try {
      await this.drop(JSON.parse(text) as Dragged, target);
    } catch (error) {
      this.failed(error);
    }
  }

  private async drop(dragged: Dragged, target: Node): Promise<void> {
    const { workspace, from } = dragged;
    const ids = dragged.ids.filter((id) => id !== target.row.key);
    if (workspace !== target.folder?.row.key) {
      throw new Error(vscode.l10n.t('An issue stays in its folder: create it anew in the other one.'));
    }
    if (ids.length === 0 || from === target.row.key) {
      return;
    }
    const params = { workspace, ids, onto: target.row.key, from };
    const { revision } = await this.server.request<{ readonly revision: number }>('issuelens/moveIssues', params);
    if (target.row.kind === 'issue') {
      await this.offerUndo(workspace, ids, target.row.key, revision);
    }
  }

  /** A drop on an issue is easily one that missed its group. */
  private async offerUndo(workspace: string, ids: readonly string[], parent: string, revision: number): Promise<void> {
    const undo = vscode.l10n.t('Undo');
    const text = vscode.l10n.t('{0} is below {1} now.', ids.join(', '), parent);
    if ((await vscode.window.showInformationMessage(plain(text), undo)) === undo) {
      await this.server.execute('undo', { workspace, revision });
    }
  }
}
