// What a page of one issue may ask, as requests of the server about that issue and no other.

import * as vscode from 'vscode';
import type { Ask, End } from '../../webview/messages';
import type { Details, References } from '../../webview/shapes';
import { pickIssue } from '../picks';
import { columnIn } from '../places';
import type { Server } from '../server';
import { isLost, linkOf, type Named } from './page';

export interface Actions {
  /** Shows the issue with this id of the same workspace. */
  openIssue(id: string): void;
  /** Hears the details whenever they were read. */
  read(details: Details): void;
}

/** Answers for one issue. */
export class Answers {
  private places = new Set<string>();
  private documentUri: string | undefined;

  constructor(
    private readonly server: Server,
    private readonly named: Named,
    private readonly actions: Actions,
  ) {}

  /** The answer to what a page asks. */
  async answer(ask: Ask): Promise<unknown> {
    try {
      return await this.asked(ask);
    } catch (error) {
      if (isLost(error)) {
        throw new Error(vscode.l10n.t('The language server ended before it answered. What you wrote is still here; save it again.'), { cause: error });
      }
      throw error;
    }
  }

  private async asked(ask: Ask): Promise<unknown> {
    switch (ask.method) {
      case 'details':
        return this.details();
      case 'references':
        return this.references();
      case 'history':
        return this.request('issueHistory', { limit: ask.limit });
      case 'edit':
        return this.request('editIssue', { updatedAt: ask.updatedAt, fields: ask.fields, ...ask.settled });
      case 'comment':
        return this.execute('addComment', { text: ask.text });
      case 'editComment':
        return this.execute('editComment', { comment: ask.comment, text: ask.text, seen: ask.seen });
      case 'deleteComment':
        return this.execute('deleteComment', { comment: ask.comment });
      case 'link':
        return this.link(ask);
      case 'unlink':
        return this.unlink(ask, ask.id);
      case 'restore':
        return this.execute('restoreIssue', {});
      case 'undo':
        return this.server.execute('undo', { workspace: this.named.workspace, revision: ask.revision });
      case 'settle':
        return this.execute('settleConflict', { number: ask.number, take: ask.take });
      case 'start':
        return this.execute('startIssue', {});
      case 'close':
        return this.execute('closeIssue', { reason: ask.reason });
      case 'reopen':
        return this.execute('reopenIssue', { reason: ask.reason });
      default:
        return this.show(ask);
    }
  }

  private async show(ask: Ask): Promise<void> {
    switch (ask.method) {
      case 'openIssue':
        this.actions.openIssue(ask.id);
        break;
      case 'openText':
        await this.openText();
        break;
      case 'copyId':
        await vscode.env.clipboard.writeText(this.named.id);
        break;
      case 'restart':
        await this.server.restart();
        break;
      case 'openPlace':
        await this.openPlace(ask.uri, ask.line, ask.column);
        break;
    }
  }

  private async details(): Promise<Details> {
    const details = await this.request<Details>('issueDetails', {});
    this.documentUri = details.uri;
    this.actions.read(details);
    return details;
  }

  private async references(): Promise<References> {
    const found = await this.request<References>('issueReferences', {});
    this.places = new Set(found.places.map((one) => one.uri));
    return found;
  }

  /** Has the person choose an issue, and links it; its id, or undefined when they choose none. */
  private async link(end: End): Promise<string | undefined> {
    const title = vscode.l10n.t('Link {0} to…', this.named.id);
    const found = await pickIssue(this.server, { title, state: 'any', workspace: this.named.workspace });
    if (found !== undefined) {
      const { verb, argument } = linkOf(end, this.named.id, found.issue.id);
      await this.server.execute(verb, { workspace: this.named.workspace, ...argument });
    }
    return found?.issue.id;
  }

  private unlink({ type, isForward }: End, other: string): Promise<unknown> {
    const [id, dependsOn] = isForward ? [this.named.id, other] : [other, this.named.id];
    return this.server.execute('removeDependency', { workspace: this.named.workspace, id, dependsOn, type });
  }

  private async openText(): Promise<void> {
    if (this.documentUri !== undefined) {
      await vscode.window.showTextDocument(vscode.Uri.parse(this.documentUri, true), { preview: false });
    }
  }

  /** Opens a file that the server has named; no other one. */
  private async openPlace(uri: string, line: number, column: number): Promise<void> {
    if (this.places.has(uri)) {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
      const text = document.lineAt(Math.min(line, document.lineCount - 1)).text;
      const place = new vscode.Position(line, columnIn(text, column));
      await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
    }
  }

  private request<T>(name: string, more: object): Promise<T> {
    return this.server.request<T>(`issuelens/${name}`, { ...this.named, ...more });
  }

  private execute(verb: string, more: object): Promise<unknown> {
    return this.server.execute(verb, { ...this.named, ...more });
  }
}
