// Threads beside lines that name an issue: its comments, and a field for another one.

import * as vscode from 'vscode';
import { plain } from './plain';
import { Queue } from './restarts';
import type { Server } from './server';

interface Thread {
  readonly workspace: string;
  readonly issue: string;
  readonly title: string;
  readonly finished: boolean;
  readonly line: number;
  readonly earlier: number;
  readonly comments: readonly { readonly author: string; readonly text: string; readonly at: string }[];
}

interface Shown {
  readonly thread: vscode.CommentThread;
  told: Thread;
}

const SETTING = 'issuelens.comments';
const PAUSE_MS = 300;

/** Turns the threads on or off: for this workspace where it says so itself, else for the person. */
export async function turnComments(isOn: boolean): Promise<void> {
  const section = vscode.workspace.getConfiguration(SETTING);
  const isOwn = section.inspect('enabled')?.workspaceValue !== undefined;
  await section.update('enabled', isOn, isOwn ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}

/** Owns the threads of the documents that are shown. */
export class Threads implements vscode.Disposable {
  private controller: vscode.CommentController | undefined;
  private readonly shown = new Map<string, Map<string, Shown>>();
  private readonly queue = new Queue();
  private timer: NodeJS.Timeout | undefined;
  private readonly owned: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly failed: (error: unknown) => void,
  ) {
    const again = (): void => {
      this.want();
    };
    this.owned = [
      vscode.window.onDidChangeVisibleTextEditors(again),
      vscode.workspace.onDidSaveTextDocument(again),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.forget(uri.toString());
      }),
      server.onDidStart(again),
      server.onNotification('issuelens/didChangeIssues', again),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SETTING)) {
          this.begin();
        }
      }),
    ];
    this.begin();
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.owned).dispose();
    this.end();
  }

  /** Takes what was written into a thread's field. */
  async reply(reply: vscode.CommentReply): Promise<void> {
    const told = [...this.shown.values()].flatMap((some) => [...some.values()]).find(({ thread }) => thread === reply.thread)?.told;
    if (told !== undefined && reply.text.trim() !== '') {
      await this.server.execute('addComment', { workspace: told.workspace, id: told.issue, text: reply.text });
    }
  }

  private begin(): void {
    this.end();
    if (vscode.workspace.getConfiguration(SETTING).get<boolean>('enabled', false)) {
      this.controller = vscode.comments.createCommentController('issuelens', 'Issuelens');
      this.controller.options = { prompt: vscode.l10n.t('Comment on the issue'), placeHolder: vscode.l10n.t('Markdown') };
      this.want();
    }
  }

  private end(): void {
    [...this.shown.keys()].forEach((uri) => {
      this.forget(uri);
    });
    this.controller?.dispose();
    this.controller = undefined;
  }

  private forget(uri: string): void {
    this.shown.get(uri)?.forEach(({ thread }) => {
      thread.dispose();
    });
    this.shown.delete(uri);
  }

  private want(): void {
    clearTimeout(this.timer);
    if (this.controller !== undefined) {
      this.timer = setTimeout(() => void this.queue.run(() => this.readAll()), PAUSE_MS);
    }
  }

  private async readAll(): Promise<void> {
    if (this.server.phase !== 'running') {
      return;
    }
    const documents = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
    for (const document of [...documents].filter(({ uri }) => uri.scheme === 'file')) {
      try {
        const found = await this.server.request<Thread[]>('issuelens/documentThreads', { uri: this.server.uriOf(document.uri) });
        this.show(document, found);
      } catch (error) {
        this.failed(error);
      }
    }
  }

  private show(document: vscode.TextDocument, found: readonly Thread[]): void {
    if (this.controller === undefined || document.isClosed) {
      return;
    }
    const uri = document.uri.toString();
    const before = this.shown.get(uri) ?? new Map<string, Shown>();
    const now = new Map<string, Shown>();
    for (const told of found) {
      const one = before.get(told.issue) ?? { thread: this.made(document.uri, told), told };
      before.delete(told.issue);
      now.set(told.issue, renewed(one, told));
    }
    before.forEach(({ thread }) => {
      thread.dispose();
    });
    this.shown.set(uri, now);
  }

  private made(uri: vscode.Uri, told: Thread): vscode.CommentThread {
    const controller = this.controller as vscode.CommentController;
    const thread = controller.createCommentThread(uri, lineOf(told), []);
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
    thread.comments = told.comments.map(commentOf);
    dress(thread, told);
    return thread;
  }
}

function renewed(one: Shown, told: Thread): Shown {
  if (JSON.stringify(one.told) !== JSON.stringify(told)) {
    one.thread.range = lineOf(told);
    one.thread.comments = told.comments.map(commentOf);
    dress(one.thread, told);
    one.told = told;
  }
  return one;
}

function dress(thread: vscode.CommentThread, told: Thread): void {
  const earlier = told.earlier > 0 ? ` (${vscode.l10n.t('{0} earlier ones are in the issue', told.earlier)})` : '';
  thread.label = plain(`${told.issue} ${told.title}${earlier}`);
  thread.canReply = true;
  thread.contextValue = 'issue';
  thread.state = told.finished ? vscode.CommentThreadState.Resolved : vscode.CommentThreadState.Unresolved;
}

function lineOf(told: Thread): vscode.Range {
  return new vscode.Range(told.line, 0, told.line, 0);
}

function commentOf({ author, text, at }: Thread['comments'][number]): vscode.Comment {
  // Neither commands nor HTML: the text is anybody's. Images are not fetched.
  const body = new vscode.MarkdownString(text.replaceAll('![', '!\u200b['));
  body.isTrusted = false;
  body.supportHtml = false;
  return { author: { name: author }, body, mode: vscode.CommentMode.Preview, timestamp: new Date(at), contextValue: 'comment' };
}
