// The issue that the person works on: that of the branch, else the one whose work was started last. In the status bar.

import * as vscode from 'vscode';
import { git, type Repository } from './git';
import type { Issue } from './issues';
import type { Named } from './picks';
import { plain } from './plain';
import { Queue } from './restarts';
import type { Server } from './server';

const KEY = 'issuelens.currentIssues';

/** The issue that was chosen last, by its folder's URI. */
type Chosen = Readonly<Record<string, string | undefined>>;

/** Owns the status bar's item. */
export class CurrentIssue implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('issuelens.current', vscode.StatusBarAlignment.Left, 40);
  private readonly queue = new Queue();
  private readonly owned: { dispose(): unknown }[];
  private known: { readonly workspace: string; readonly issue: Issue } | undefined;
  private isDisposed = false;

  constructor(
    private readonly server: Server,
    private readonly state: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const again = (): void => {
      this.ask();
    };
    this.item.name = vscode.l10n.t('Issuelens: Current Issue');
    this.item.command = 'issuelens.currentIssue';
    this.owned = [
      this.item,
      server.onDidStart(again),
      server.onDidStop(again),
      server.onNotification('issuelens/didChangeIssues', again),
      vscode.window.onDidChangeActiveTextEditor(() => {
        if (this.folder() !== this.known?.workspace) {
          this.ask();
        }
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('issuelens.statusBar')) {
          this.ask();
        }
      }),
    ];
    void this.watchBranches();
    this.ask();
  }

  dispose(): void {
    this.isDisposed = true;
    vscode.Disposable.from(...this.owned).dispose();
  }

  /** The issue of now. */
  get now(): (Named & { readonly issue: Issue }) | undefined {
    return this.known === undefined ? undefined : { workspace: this.known.workspace, id: this.known.issue.id, issue: this.known.issue };
  }

  /** Makes an issue the current one of its folder; undefined ends that for the folder that is edited. */
  async choose(named: Named | undefined): Promise<void> {
    const workspace = named?.workspace ?? this.folder();
    if (workspace !== undefined) {
      await this.state.update(KEY, { ...this.state.get<Chosen>(KEY), [workspace]: named?.id });
      this.ask();
    }
  }

  private async watchBranches(): Promise<void> {
    try {
      const api = await git();
      if (api === undefined || this.isDisposed) {
        return;
      }
      const watch = (repository: Repository): void => {
        let branch = repository.state.HEAD?.name;
        this.own(
          repository.state.onDidChange(() => {
            if (repository.state.HEAD?.name !== branch) {
              branch = repository.state.HEAD?.name;
              this.ask();
            }
          }),
        );
      };
      this.own(api.onDidOpenRepository(watch));
      api.repositories.forEach(watch);
    } catch (error) {
      this.log.warn(`The Git extension can't be used: ${String(error)}`);
    }
  }

  private own(one: { dispose(): unknown }): void {
    this.owned.push(one);
  }

  private ask(): void {
    void this.queue.run(async () => {
      try {
        this.known = await this.read();
      } catch (error) {
        this.log.debug(`The current issue is not known: ${String(error)}`);
        this.known = undefined;
      }
      this.show();
    });
  }

  private async read(): Promise<CurrentIssue['known']> {
    const isShown = vscode.workspace.getConfiguration('issuelens.statusBar').get<boolean>('currentIssue', true);
    const workspace = this.folder();
    if (!isShown || workspace === undefined || this.server.phase !== 'running') {
      return undefined;
    }
    const id = this.state.get<Chosen>(KEY)?.[workspace];
    const issue = await this.server.request<Issue | null>('issuelens/currentIssue', { workspace, id });
    return issue === null ? undefined : { workspace, issue };
  }

  private folder(): string | undefined {
    const edited = vscode.window.activeTextEditor?.document.uri;
    const own = edited === undefined ? undefined : vscode.workspace.getWorkspaceFolder(edited);
    const folder = own ?? vscode.workspace.workspaceFolders?.[0];
    return folder === undefined ? undefined : this.server.uriOf(folder.uri);
  }

  private show(): void {
    if (this.isDisposed || this.known === undefined) {
      this.item.hide();
      return;
    }
    const { issue } = this.known;
    const title = issue.title.length > 40 ? `${issue.title.slice(0, 39)}…` : issue.title;
    this.item.text = `$(play-circle) ${plain(`${issue.id} ${title}`)}`;
    this.item.tooltip = plain(`${issue.id} ${issue.title}`);
    this.item.accessibilityInformation = { label: vscode.l10n.t('Current issue: {0} {1}', issue.id, issue.title) };
    this.item.show();
  }
}
