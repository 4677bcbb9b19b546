// The workspaces that the server has open, as it tells of them.

import * as vscode from 'vscode';
import { Queue } from '../restarts';
import type { Server } from '../server';
import { foldersOf, type FolderRow } from './rows';
import type { Situation } from './states';

/** Owns what is known of the workspaces. */
export class Folders implements vscode.Disposable {
  private rows: FolderRow[] | undefined;
  private readonly queue = new Queue();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly owned: { dispose(): unknown }[];

  /** Fires when workspaces have come, gone or got another state, or the server has. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.owned = [
      this.changes,
      server.onDidChangePhase(() => {
        this.phaseChanged();
      }),
      server.onNotification('issuelens/didChangeWorkspaces', () => {
        this.ask();
      }),
      server.onNotification('issuelens/didChangeIssues', (params) => {
        // Only what concerns all issues can come with another state.
        if ((params as { readonly ids?: unknown } | null)?.ids == null) {
          this.ask();
        }
      }),
    ];
    this.phaseChanged();
  }

  dispose(): void {
    vscode.Disposable.from(...this.owned).dispose();
  }

  /** What a view has to say while it has no rows. */
  get situation(): Situation {
    return {
      folders: vscode.workspace.workspaceFolders?.length ?? 0,
      isTrusted: vscode.workspace.isTrusted,
      phase: this.server.phase,
      workspaces: this.rows,
    };
  }

  private phaseChanged(): void {
    this.rows = undefined;
    this.changes.fire();
    if (this.server.phase === 'running') {
      this.ask();
    }
  }

  /** As they stand in the explorer. */
  private inOrder(rows: readonly FolderRow[]): FolderRow[] {
    const uris = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => this.server.uriOf(uri));
    return [...rows].sort((one, other) => uris.indexOf(one.key) - uris.indexOf(other.key));
  }

  private ask(): void {
    void this.queue.run(async () => {
      try {
        const rows = this.inOrder(foldersOf(await this.server.request<unknown>('issuelens/workspaces', {})));
        const isSame = JSON.stringify(rows) === JSON.stringify(this.rows);
        this.rows = rows;
        if (!isSame) {
          this.changes.fire();
        }
      } catch (error) {
        this.log.warn(`The open folders are not known: ${String(error)}`);
      }
    });
  }
}
