// The palette's commands. Each asks what it needs to know and runs the server's command of the same name.

import * as vscode from 'vscode';
import { actions, shown, type Issue, type Verb } from './issues';
import { plain } from './plain';
import type { Server } from './server';

/** Registers the palette's commands. */
export function registerCommands(server: Server, log: vscode.LogOutputChannel): vscode.Disposable[] {
  const table: Record<string, () => Promise<void> | void> = {
    createIssue: () => createIssue(server),
    createIssueFromTodo: () => createIssueFromTodo(server),
    listIssues: () => listIssues(server),
    startIssue: () => chosen(server, 'startIssue', 'Start which issue?', (issue) => issue.status !== 'in_progress'),
    closeIssue: () => chosen(server, 'closeIssue', 'Close which issue?', () => true),
    reopenIssue: () => reopenIssue(server),
    initWorkspace: () => initWorkspace(server),
    restartServer: () => server.restart(),
    showLogs: () => {
      log.show();
    },
  };
  return Object.entries(table).map(([verb, run]) =>
    vscode.commands.registerCommand(`issuelens.${verb}`, async () => {
      try {
        await run();
      } catch (error) {
        await tell(error, log);
      }
    }),
  );
}

async function tell(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  log.error(text);
  if ((await vscode.window.showErrorMessage(plain(`Issuelens: ${text}`), 'Show Logs')) !== undefined) {
    log.show();
  }
}

async function createIssue(server: Server): Promise<void> {
  const workspace = await pickFolder();
  if (workspace === undefined) {
    return;
  }
  const title = await vscode.window.showInputBox({
    title: 'Create issue',
    prompt: 'What is to be done?',
    validateInput: (text) => (text.trim() === '' ? 'A title in a few words, please.' : undefined),
  });
  if (title === undefined) {
    return;
  }
  const issue = await server.execute<Issue>('createIssue', { workspace, title });
  void vscode.window.showInformationMessage(plain(`${issue.id} is created: ${issue.title}`));
}

async function createIssueFromTodo(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void vscode.window.showInformationMessage('Issuelens: open a file and put the cursor on a TODO comment.');
    return;
  }
  await server.execute('createIssueFromTodo', {
    uri: server.uriOf(editor.document.uri),
    line: editor.selection.active.line,
    version: editor.document.version,
  });
}

interface Choice extends vscode.QuickPickItem {
  readonly issue: Issue;
}

async function pickIssue(
  server: Server,
  workspace: string,
  placeHolder: string,
  wanted: (issue: Issue) => boolean,
  all = false,
): Promise<Issue | undefined> {
  const issues = server.request<Issue[]>('issuelens/listIssues', { workspace, all });
  const choices: Promise<Choice[]> = issues.then((found) =>
    found.filter(wanted).map((issue) => ({ ...shown(issue), issue })),
  );
  const options = { placeHolder, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(choices, options))?.issue;
}

async function listIssues(server: Server): Promise<void> {
  const workspace = await pickFolder();
  if (workspace === undefined) {
    return;
  }
  const issue = await pickIssue(server, workspace, 'Issues that are not finished', () => true);
  if (issue === undefined) {
    return;
  }
  const copy = { label: 'Copy id', verb: undefined };
  const placeHolder = plain(`${issue.id} ${issue.title}`);
  const action = await vscode.window.showQuickPick([...actions(issue), copy], { placeHolder });
  if (action?.verb !== undefined) {
    await act(server, workspace, action.verb, issue);
  } else if (action !== undefined) {
    await vscode.env.clipboard.writeText(issue.id);
  }
}

async function chosen(
  server: Server,
  verb: Verb,
  placeHolder: string,
  wanted: (issue: Issue) => boolean,
): Promise<void> {
  const workspace = await pickFolder();
  const issue = workspace === undefined ? undefined : await pickIssue(server, workspace, placeHolder, wanted);
  if (workspace !== undefined && issue !== undefined) {
    await act(server, workspace, verb, issue);
  }
}

async function reopenIssue(server: Server): Promise<void> {
  const workspace = await pickFolder();
  if (workspace === undefined) {
    return;
  }
  const isClosed = (one: Issue): boolean => actions(one)[0]?.verb === 'reopenIssue';
  const issue = await pickIssue(server, workspace, 'Reopen which issue?', isClosed, true);
  if (issue !== undefined) {
    await act(server, workspace, 'reopenIssue', issue);
  }
}

async function act(server: Server, workspace: string, verb: Verb, issue: Issue): Promise<void> {
  const argument: Record<string, string> = { workspace, id: issue.id };
  if (verb === 'closeIssue') {
    const reason = await vscode.window.showInputBox({ title: `Close ${issue.id}`, prompt: 'Why? May be left empty.' });
    if (reason === undefined) {
      return;
    }
    argument['reason'] = reason;
  }
  await server.execute(verb, argument);
}

async function initWorkspace(server: Server): Promise<void> {
  const workspace = await pickFolder();
  if (workspace !== undefined) {
    await server.execute('initWorkspace', { workspace });
  }
}

/** The only folder, or the one that the person picks. */
async function pickFolder(): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    void vscode.window.showInformationMessage('Issuelens: open a folder first.');
    return undefined;
  }
  const only = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick();
  return only?.uri.toString();
}
