// `issuelens:/<folder>/<id>.md`: an issue as a document of the editor. Saving submits it; the server merges.

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { plain } from '../plain';
import type { Server } from '../server';
import { started } from '../started';
import { chosen, offerTheirs, type Answer } from './conflicts';
import { Entry, SCHEME } from './entries';

/** Reads and saves issues as documents. */
export class IssueFiles implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly entries = new Map<string, Entry>();
  private readonly keys = new Map<string, string>();
  private readonly registered: vscode.Disposable[];
  /** New documents that are saved by somebody, not by a timer. */
  private readonly meant = new Set<string>();
  /** New documents that have become issues: which document to show in their place. */
  private readonly made = new Map<string, vscode.Uri>();
  readonly onDidChangeFile = this.changes.event;

  constructor(
    private readonly server: Server,
    private readonly drafts: vscode.Memento,
  ) {
    const { workspace } = vscode;
    this.registered = [
      workspace.registerFileSystemProvider(SCHEME, this, { isCaseSensitive: true }),
      offerTheirs(async (uri) => (await this.ask('readDocument', { uri: uri.toString() })).text),
      server.onNotification('issuelens/didChangeIssues', (params) => {
        this.issuesChanged(params);
      }),
      workspace.onWillSaveTextDocument((event) => {
        this.willSave(event);
      }),
      workspace.onDidSaveTextDocument((document) => this.didSave(document)),
      workspace.onDidChangeTextDocument(({ document }) => this.keepDraft(document)),
      workspace.onDidCloseTextDocument(({ uri }) => {
        this.entries.delete(uri.toString());
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.registered, this.changes).dispose();
  }

  // What VS Code asks

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const entry = this.entries.get(uri.toString()) ?? (await this.read(uri)).entry;
    return { type: vscode.FileType.File, ...entry.stat };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return new TextEncoder().encode((await this.read(uri)).text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const text = new TextDecoder().decode(content);
    if (isNew(uri)) {
      await this.writeNew(uri, text);
      return;
    }
    const entry = this.entries.get(uri.toString()) ?? (await this.read(uri)).entry;
    const base = entry.base === undefined ? {} : { base: entry.base };
    const answer = await this.save(uri, { text, ...base });
    entry.saved(text, answer.text, Date.now());
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  // Reading

  private async read(uri: vscode.Uri): Promise<{ readonly entry: Entry; readonly text: string }> {
    const draft = isNew(uri) ? this.drafts.get<string>(draftKey(uri)) : undefined;
    const answer = draft === undefined ? await this.ask('readDocument', { uri: uri.toString() }) : undefined;
    const text = draft ?? answer?.text ?? '';
    const known = this.entries.get(uri.toString());
    const entry = known ?? new Entry(answer?.id ?? undefined, Date.now());
    entry.read(text);
    this.entries.set(uri.toString(), entry);
    return { entry, text };
  }

  /** Asks the server; what is wrong is told as VS Code expects it of files. */
  private async ask(name: string, params: object): Promise<Answer> {
    await started(this.server);
    try {
      return await this.server.request<Answer>(`issuelens/${name}`, params);
    } catch (error) {
      throw vscode.FileSystemError.Unavailable(plain(error instanceof Error ? error.message : String(error)));
    }
  }

  // Saving

  /** Saves; what others have changed, too, is asked about. */
  private async save(uri: vscode.Uri, params: object): Promise<Answer> {
    let answer = await this.ask('saveDocument', { uri: uri.toString(), ...params });
    while (answer.conflicts !== undefined && answer.conflicts.length > 0) {
      const keep = await chosen(uri, answer);
      answer = await this.ask('saveDocument', { uri: uri.toString(), ...params, keep, seen: answer.updatedAt });
    }
    return answer;
  }

  /** A new document becomes an issue when somebody saves it; what a timer saves stays a draft. */
  private async writeNew(uri: vscode.Uri, text: string): Promise<void> {
    const name = uri.toString();
    await this.drafts.update(draftKey(uri), text);
    if (this.meant.delete(name)) {
      // The same key until it is there: a repeat after a lost answer makes no second issue.
      const key = this.keys.get(name) ?? randomUUID();
      this.keys.set(name, key);
      const answer = await this.ask('saveDocument', { uri: name, text, key });
      this.keys.delete(name);
      this.made.set(name, vscode.Uri.parse(answer.uri, true));
      await this.drafts.update(draftKey(uri), undefined);
    }
    this.entries.get(name)?.saved(text, text, Date.now());
  }

  private willSave(event: vscode.TextDocumentWillSaveEvent): void {
    const { uri } = event.document;
    if (isNew(uri) && event.reason === vscode.TextDocumentSaveReason.Manual) {
      this.meant.add(uri.toString());
    }
  }

  private async didSave(document: vscode.TextDocument): Promise<void> {
    const name = document.uri.toString();
    const made = this.made.get(name);
    const entry = this.entries.get(name);
    if (made !== undefined) {
      this.made.delete(name);
      await this.replace(document.uri, made);
    } else if (entry?.isBehind === true && !document.isDirty) {
      this.renew(document.uri, entry);
    }
  }

  /** Shows an issue's document in the place of the one that it was made of. */
  private async replace(uri: vscode.Uri, made: vscode.Uri): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.showTextDocument(made, { preview: false });
    const old = tabs.filter(
      ({ input, isDirty }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString() && !isDirty,
    );
    await vscode.window.tabGroups.close(old, true);
  }

  // Changes by others

  private issuesChanged(params: unknown): void {
    const ids = typeof params === 'object' && params !== null && 'ids' in params ? params.ids : null;
    for (const document of vscode.workspace.textDocuments) {
      const entry = document.uri.scheme === SCHEME ? this.entries.get(document.uri.toString()) : undefined;
      // Where somebody writes, it is merged when that is saved.
      if (entry?.isIn(ids) === true && !document.isDirty) {
        this.renew(document.uri, entry);
      }
    }
  }

  private renew(uri: vscode.Uri, entry: Entry): void {
    entry.grow(Date.now());
    this.changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  // Drafts

  private async keepDraft(document: vscode.TextDocument): Promise<void> {
    if (document.uri.scheme === SCHEME && isNew(document.uri) && document.isDirty) {
      await this.drafts.update(draftKey(document.uri), document.getText());
    }
  }

  /** Opens the document of a new issue; a draft that is kept is shown, and can be put away. */
  async openNew(uri: vscode.Uri): Promise<void> {
    const isKept = this.drafts.get(draftKey(uri)) !== undefined;
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: false });
    if (isKept && !document.isDirty) {
      await this.offerAnew(uri, document);
    }
  }

  private async offerAnew(uri: vscode.Uri, document: vscode.TextDocument): Promise<void> {
    const anew = vscode.l10n.t('Begin Anew');
    const text = vscode.l10n.t('This is your draft from before. Saving it creates the issue.');
    if ((await vscode.window.showInformationMessage(text, anew)) === anew && !document.isDirty) {
      await this.drafts.update(draftKey(uri), undefined);
      const entry = this.entries.get(uri.toString());
      if (entry !== undefined) {
        this.renew(uri, entry);
      }
    }
  }
}

function isNew(uri: vscode.Uri): boolean {
  return uri.scheme === SCHEME && uri.path.endsWith('/new.md');
}

function draftKey(uri: vscode.Uri): string {
  return `draft:${uri.toString()}`;
}
