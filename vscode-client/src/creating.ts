// Creating issues: from nothing, from a TODO, about lines, about a file.

import * as vscode from 'vscode';
import type { Issue } from './issues';
import { pickFolder } from './picks';
import { linesMeant } from './places';
import { plain } from './plain';
import type { Server } from './server';
import { say } from './told';

interface Draft {
  readonly workspace: string;
  readonly title: string;
  readonly description: string;
}

/** Creates an issue with a title that is asked for. */
export async function createIssue(server: Server): Promise<void> {
  const workspace = await pickFolder(server);
  if (workspace !== undefined) {
    await create(server, { workspace, title: '', description: '' });
  }
}

async function create(server: Server, draft: Draft): Promise<void> {
  const title = await vscode.window.showInputBox({
    title: vscode.l10n.t('Create Issue'),
    prompt: vscode.l10n.t('What is to be done?'),
    value: draft.title,
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('A title in a few words, please.') : undefined),
  });
  if (title === undefined) {
    return;
  }
  const issue = await server.execute<Issue>('createIssue', { ...draft, title });
  const open = vscode.l10n.t('Open');
  void vscode.window.showInformationMessage(plain(vscode.l10n.t('{0} is created: {1}', issue.id, issue.title)), open).then((answer) => {
    if (answer === open) {
      void vscode.commands.executeCommand('issuelens.openIssue', { workspace: draft.workspace, id: issue.id });
    }
  });
}

/** Creates an issue of the TODO at the cursor. */
export async function createIssueFromTodo(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    say(vscode.l10n.t('Issuelens: open a file and put the cursor on a TODO comment.'));
    return;
  }
  await server.execute('createIssueFromTodo', {
    uri: server.uriOf(editor.document.uri),
    line: editor.selection.active.line,
    version: editor.document.version,
  });
}

/** Creates an issue of each TODO of the file that has none. */
export async function createIssuesFromTodos(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined) {
    await server.execute('createIssuesFromTodos', { uri: server.uriOf(editor.document.uri) });
  }
}

/** Creates an issue about the selected lines, or about the one whose number was clicked. */
export async function createIssueFromLines(server: Server, argument: unknown): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    say(vscode.l10n.t('Issuelens: open a file and select the lines that the issue is about.'));
    return;
  }
  const clicked = (argument as { readonly lineNumber?: unknown } | undefined)?.lineNumber;
  const range = linesMeant(editor.selection, typeof clicked === 'number' ? clicked - 1 : undefined);
  await create(server, await server.request<Draft>('issuelens/issueDraft', { uri: server.uriOf(editor.document.uri), range }));
}

/** Creates an issue about a file of the explorer, or the one that is edited. */
export async function createIssueFromFile(server: Server, argument: unknown): Promise<void> {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  if (uri === undefined || folder === undefined) {
    say(vscode.l10n.t('Issuelens: choose a file of an open folder.'));
    return;
  }
  const path = vscode.workspace.asRelativePath(uri, false);
  await create(server, { workspace: server.uriOf(folder.uri), title: '', description: `\`${path}\`` });
}
