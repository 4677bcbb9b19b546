// What the editor says of the server, the daemon and the issues of the folder: a language status item.

import * as vscode from 'vscode';
import { plain } from './plain';
import { Queue } from './restarts';
import type { Phase, Server } from './server';
import { statusOf, type WorkspaceState, type Words } from './states-shown';

const WORDS: Words = {
  t: (text, ...words) => vscode.l10n.t(text, ...words),
  moment: (at) => new Date(at).toLocaleString(vscode.env.language),
};

/** Owns the item. It is there for every document that the server answers for. */
export class ServerStatus implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem('issuelens.server', [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'issuelens' }]);
  private readonly queue = new Queue();
  private readonly owned: { dispose(): unknown }[];

  constructor(private readonly server: Server) {
    const again = (): void => {
      this.ask();
    };
    this.item.name = 'Issuelens';
    this.owned = [
      this.item,
      server.onDidChangePhase(again),
      server.onNotification('issuelens/didChangeWorkspaces', again),
      server.onNotification('issuelens/didChangeIssues', (params) => {
        // Changes of single issues change nothing here.
        if ((params as { readonly ids?: unknown } | null)?.ids == null) {
          this.ask();
        }
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(again),
    ];
    this.ask();
  }

  dispose(): void {
    vscode.Disposable.from(...this.owned).dispose();
  }

  private ask(): void {
    if (this.server.phase !== 'running') {
      this.show(this.server.phase, []);
      return;
    }
    void this.queue.run(async () => {
      try {
        this.show('running', await this.server.request<WorkspaceState[]>('issuelens/workspaces', {}));
      } catch {
        // It ended meanwhile, which is shown by then.
      }
    });
  }

  private show(phase: Phase, workspaces: readonly WorkspaceState[]): void {
    const found = statusOf(phase, workspaces, WORDS);
    this.item.text = plain(found.text);
    this.item.detail = plain(found.detail);
    this.item.busy = found.isBusy;
    this.item.severity = found.isWrong ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
    this.item.command = { command: `issuelens.${found.command}`, title: found.title };
  }
}
