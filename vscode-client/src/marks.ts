// What the server finds in the documents that are shown: TODOs and ids. Asked for when something has changed.

import * as vscode from 'vscode';
import { covers, type Marks, type Place } from './places';
import type { Server } from './server';

const PAUSE_MS = 150;

/** Keeps the marks of the editors that are shown. */
export class ShownMarks implements vscode.Disposable {
  private readonly known = new Map<string, Marks>();
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly owned: { dispose(): unknown }[];

  /** Fires when a document that is shown has other marks. */
  readonly onDidChange = this.changes.event;

  constructor(private readonly server: Server) {
    const all = (): void => {
      this.want(...vscode.window.visibleTextEditors.map(({ document }) => document));
    };
    this.owned = [
      this.changes,
      vscode.window.onDidChangeVisibleTextEditors(all),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        this.want(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.known.delete(uri.toString())),
      server.onDidStart(all),
      server.onDidStop(() => {
        this.forget();
      }),
      server.onNotification('issuelens/didChangeIssues', all),
    ];
    all();
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.owned).dispose();
  }

  /** The marks of a document as they were last told. */
  of(document: vscode.TextDocument): Marks | undefined {
    return this.known.get(document.uri.toString());
  }

  /** The marks of a document as it is now, asked for when they are not known. */
  async current(document: vscode.TextDocument): Promise<Marks | undefined> {
    const known = this.of(document);
    return known?.version === document.version ? known : this.ask(document);
  }

  /** The issue on a line, where there is one; of several, the one at or behind the column. */
  async issueAt(document: vscode.TextDocument, place: Place): Promise<string | undefined> {
    const marks = await this.current(document);
    const onLine = (marks?.ids ?? []).filter(({ range }) => range.start.line === place.line);
    return (onLine.find(({ range }) => covers(range, place)) ?? onLine[0])?.issue;
  }

  private forget(): void {
    const uris = [...this.known.keys()];
    this.known.clear();
    for (const uri of uris) {
      this.changes.fire(vscode.Uri.parse(uri, true));
    }
  }

  private want(...documents: readonly vscode.TextDocument[]): void {
    for (const document of documents) {
      this.waiting.add(document.uri.toString());
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.askAll();
    }, PAUSE_MS);
  }

  private async askAll(): Promise<void> {
    const wanted = new Set(this.waiting);
    this.waiting.clear();
    const shown = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
    const asked = [...shown].filter(({ uri }) => wanted.has(uri.toString()));
    await Promise.all(asked.map((document) => this.ask(document)));
  }

  private async ask(document: vscode.TextDocument): Promise<Marks | undefined> {
    if (this.server.phase !== 'running' || !['file', 'untitled', 'issuelens'].includes(document.uri.scheme)) {
      return undefined;
    }
    const version = document.version;
    let marks: Marks | null;
    try {
      marks = await this.server.request<Marks | null>('issuelens/documentMarks', { uri: this.server.uriOf(document.uri) });
    } catch {
      // The server was ended meanwhile, or is older: then nothing is drawn.
      marks = null;
    }
    // What was typed meanwhile asks again.
    if (marks !== null && !document.isClosed && document.version === version) {
      this.known.set(document.uri.toString(), marks);
      this.changes.fire(document.uri);
      return marks;
    }
    return undefined;
  }
}
