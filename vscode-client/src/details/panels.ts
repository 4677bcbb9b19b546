// Details of issues in tabs of the editor: one webview for each issue that is shown.

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { requestOf, type Response, type Told } from '../../webview/messages';
import type { Details } from '../../webview/shapes';
import { plain } from '../plain';
import type { Server } from '../server';
import { started } from '../started';
import { concerns, errorOf, namedIn, pageHtml, tabTitle, type Named } from './page';
import { Answers } from './requests';

const TYPE = 'issuelens.details';

/** Owns the panels. */
export class DetailsPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly panels = new Map<string, Panel>();
  private readonly registered: vscode.Disposable[];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.registered = [
      vscode.window.registerWebviewPanelSerializer(TYPE, this),
      server.onNotification('issuelens/didChangeIssues', (params) => {
        this.all((panel) => {
          panel.changed(params);
        });
      }),
      server.onDidStart(() => {
        this.tell(true);
      }),
      server.onDidStop(() => {
        this.tell(false);
      }),
    ];
  }

  /** Shows an issue: its tab if it has one, else a new one. */
  open(named: Named, column: vscode.ViewColumn = vscode.ViewColumn.Active): void {
    const known = this.panels.get(keyOf(named));
    if (known !== undefined) {
      known.panel.reveal();
      return;
    }
    this.take(vscode.window.createWebviewPanel(TYPE, plain(named.id), column), named);
  }

  /** VS Code was loaded anew, and so is what a tab shows. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Thenable<void> {
    const kept = typeof state === 'object' && state !== null && 'panel' in state ? state.panel : undefined;
    const named = namedIn(kept);
    if (named === undefined || this.panels.has(keyOf(named))) {
      panel.dispose();
    } else {
      this.take(panel, named);
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.all((one) => {
      one.panel.dispose();
    });
    vscode.Disposable.from(...this.registered).dispose();
  }

  private take(panel: vscode.WebviewPanel, named: Named): void {
    const key = keyOf(named);
    const made = new Panel(panel, named, this.context.extensionUri, this.server, {
      openIssue: (id) => {
        this.open({ workspace: named.workspace, id });
      },
      dropped: () => {
        this.log.warn('A page sent a message that is none of an issue. It and further ones of that page are dropped.');
      },
    });
    this.panels.set(key, made);
    panel.onDidDispose(() => {
      made.dispose();
      this.panels.delete(key);
    });
  }

  private tell(isRunning: boolean): void {
    this.all((panel) => {
      panel.send({ kind: 'server', isRunning });
    });
  }

  private all(work: (panel: Panel) => void): void {
    [...this.panels.values()].forEach(work);
  }
}

function keyOf(named: Named): string {
  return JSON.stringify([named.workspace, named.id]);
}

/** One tab with one issue. */
class Panel {
  private readonly answers: Answers;
  private readonly heard: vscode.Disposable;
  private shown: Details | undefined;
  private hasDropped = false;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly named: Named,
    extension: vscode.Uri,
    private readonly server: Server,
    private readonly actions: { openIssue(id: string): void; dropped(): void },
  ) {
    this.answers = new Answers(server, named, {
      openIssue: (id) => {
        actions.openIssue(id);
      },
      read: (details) => {
        this.shown = details;
        panel.title = tabTitle(details.issue.id, details.issue.title);
      },
    });
    this.heard = panel.webview.onDidReceiveMessage((message) => this.hear(message));
    this.load(extension);
  }

  /** Issues have changed, as the server says it. A tab that is out of sight reads all anew when it is shown. */
  changed(params: unknown): void {
    if (this.panel.visible && this.shown !== undefined && concerns(params, this.shown.workspace)) {
      this.send({ kind: 'changed' });
    }
  }

  send(message: Response | Told): void {
    void this.panel.webview.postMessage(message);
  }

  dispose(): void {
    this.heard.dispose();
  }

  private load(extension: vscode.Uri): void {
    const { webview } = this.panel;
    const dist = vscode.Uri.joinPath(extension, 'dist');
    webview.options = { enableScripts: true, enableCommandUris: false, enableForms: true, localResourceRoots: [dist] };
    this.panel.iconPath = vscode.Uri.joinPath(extension, 'vscode-client', 'media', 'icon.png');
    webview.html = pageHtml({
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
      source: webview.cspSource,
      nonce: randomBytes(16).toString('hex'),
      language: vscode.env.language,
      title: this.named.id,
      setup: { panel: this.named, translations: vscode.l10n.bundle },
    });
  }

  private async hear(message: unknown): Promise<void> {
    const request = requestOf(message);
    if (request === undefined) {
      if (!this.hasDropped) {
        this.hasDropped = true;
        this.actions.dropped();
      }
      return;
    }
    const { id, ask } = request;
    try {
      // After a reload a page is there before the server is.
      await (ask.method === 'restart' ? undefined : started(this.server));
      this.send({ kind: 'answer', id, result: (await this.answers.answer(ask)) ?? null });
    } catch (error) {
      this.send(errorOf(id, error));
    }
  }
}
