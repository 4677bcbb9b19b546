// The palette's commands. Each asks what it needs to know and runs the server's command of the same name.

import * as vscode from 'vscode';
import * as creating from './creating';
import type { CurrentIssue } from './current';
import { copyDebugInformation } from './debug';
import { repositoryOf } from './git';
import { actions, type Found, type Verb } from './issues';
import type { ShownMarks } from './marks';
import { goToTodo, linkTodo } from './on-todos';
import type { Range } from './places';
import { pickFolder, pickIssue, type Listing, type Named } from './picks';
import type { Server } from './server';
import { rangeOf } from './ranges';
import { openSample } from './sample';
import { takeOver } from './takeover';
import { turnComments } from './threads';
import { say, told } from './told';
import { beginMessage, planOf, startWork } from './work';

/** What the commands work with. */
export interface Hand {
  readonly server: Server;
  readonly log: vscode.LogOutputChannel;
  readonly marks: ShownMarks;
  readonly current: CurrentIssue;
}

/** Registers the palette's commands. */
export function registerCommands(hand: Hand): vscode.Disposable[] {
  const { server, log } = hand;
  const table: Record<string, (argument: unknown) => Promise<void> | void> = {
    createIssue: () => creating.createIssue(server),
    createIssueFromTodo: () => creating.createIssueFromTodo(server),
    createIssueFromLines: (argument) => creating.createIssueFromLines(server, argument),
    createIssueFromFile: (argument) => creating.createIssueFromFile(server, argument),
    createIssuesFromTodos: () => creating.createIssuesFromTodos(server),
    linkTodo: () => linkTodo(hand),
    listIssues: () => listIssues(hand),
    currentIssue: () => currentIssue(hand),
    stopWork: () => hand.current.choose(undefined),
    startIssue: () => chosen(hand, 'startIssue', vscode.l10n.t('Start Work')),
    closeIssue: () => chosen(hand, 'closeIssue', vscode.l10n.t('Close Issue')),
    reopenIssue: () => chosen(hand, 'reopenIssue', vscode.l10n.t('Reopen Issue')),
    commentOnIssue: () => commentOnIssue(hand),
    showComments: () => turnComments(true),
    hideComments: () => turnComments(false),
    insertIssueId: () => insertIssueId(hand),
    showReferences: () => showReferences(hand),
    nextTodo: () => goToTodo(hand, false),
    previousTodo: () => goToTodo(hand, true),
    undo: () => undo(server),
    sync: () => inFolder(server, 'sync'),
    refreshTodos: () => inFolder(server, 'refreshTodos'),
    showBoard: () => inFolder(server, 'showBoard'),
    openSample: () => openSample(),
    initWorkspace: () => inFolder(server, 'initWorkspace'),
    importTodoSettings: () => takeOver(server),
    restartServer: () => server.restart(),
    showLogs: () => {
      log.show();
    },
    copyDebugInformation: () => copyDebugInformation(server),
  };
  return Object.entries(table).map(([verb, run]) => vscode.commands.registerCommand(`issuelens.${verb}`, told(run, log)));
}

async function inFolder(server: Server, verb: string): Promise<void> {
  const workspace = await pickFolder(server);
  if (workspace !== undefined) {
    await server.execute(verb, { workspace });
  }
}

async function undo(server: Server): Promise<void> {
  const workspace = await pickFolder(server);
  if (workspace !== undefined) {
    const issue = await server.execute<{ readonly id: string } | null>('undo', { workspace });
    say(issue === null ? vscode.l10n.t('The last change is taken back.') : vscode.l10n.t('The last change, of {0}, is taken back.', issue.id));
  }
}

// On an issue

function namedOf({ workspace, issue }: Found): Named {
  return { workspace, id: issue.id };
}

async function listIssues(hand: Hand): Promise<void> {
  const buttons: Listing['buttons'] = (found) => [
    ...actions(found.issue).map((verb) => ({
      iconPath: new vscode.ThemeIcon(ICONS[verb]),
      tooltip: labelOf(verb),
      run: told(() => act(hand, verb, namedOf(found)), hand.log),
    })),
    { iconPath: new vscode.ThemeIcon('copy'), tooltip: vscode.l10n.t('Copy Id'), run: told(() => copyId(found.issue.id), hand.log) },
  ];
  const found = await pickIssue(hand.server, { title: vscode.l10n.t('Issues'), state: 'any', buttons });
  if (found !== undefined) {
    await offer(hand, namedOf(found), actions(found.issue));
  }
}

const ICONS: Readonly<Record<Verb, string>> = { startIssue: 'play', closeIssue: 'pass', reopenIssue: 'issue-reopened' };

function labelOf(verb: Verb): string {
  const labels = { startIssue: vscode.l10n.t('Start'), closeIssue: vscode.l10n.t('Close'), reopenIssue: vscode.l10n.t('Reopen') };
  return labels[verb];
}

async function copyId(id: string): Promise<void> {
  await vscode.env.clipboard.writeText(id);
}

/** Asks what is to be done with an issue, and does it. */
async function offer(hand: Hand, named: Named, verbs: readonly Verb[], more: readonly (vscode.QuickPickItem & { run: () => unknown })[] = []): Promise<void> {
  const open = { label: `$(go-to-file) ${vscode.l10n.t('Open')}`, run: () => vscode.commands.executeCommand('issuelens.openIssue', named) };
  const text = { label: `$(markdown) ${vscode.l10n.t('Open as Text')}`, run: () => vscode.commands.executeCommand('issuelens.openIssueText', named) };
  const done = verbs.map((verb) => ({ label: `$(${ICONS[verb]}) ${labelOf(verb)}`, run: () => act(hand, verb, named) }));
  const comment = { label: `$(comment) ${vscode.l10n.t('Comment')}`, run: () => addComment(hand, named) };
  const copy = { label: `$(copy) ${vscode.l10n.t('Copy Id')}`, run: () => copyId(named.id) };
  const answer = await vscode.window.showQuickPick([open, ...done, ...more, comment, text, copy], { title: named.id });
  await answer?.run();
}

async function currentIssue(hand: Hand): Promise<void> {
  const now = hand.current.now;
  if (now === undefined) {
    await chosen(hand, 'startIssue', vscode.l10n.t('Start Work'));
    return;
  }
  const message = { label: `$(git-commit) ${vscode.l10n.t('Begin the Commit Message')}`, run: () => insertIssueId(hand) };
  await offer(hand, { workspace: now.workspace, id: now.id }, actions(now.issue), [message]);
}

async function chosen(hand: Hand, verb: Verb, title: string): Promise<void> {
  const found = await pickIssue(hand.server, { title, state: verb === 'reopenIssue' ? 'closed' : 'open' });
  if (found !== undefined) {
    await act(hand, verb, namedOf(found));
  }
}

async function act(hand: Hand, verb: Verb, named: Named): Promise<void> {
  if (verb === 'startIssue') {
    await startWork(hand.server, hand.current, named);
    return;
  }
  const question = { title: verb === 'closeIssue' ? vscode.l10n.t('Close {0}', named.id) : vscode.l10n.t('Reopen {0}', named.id) };
  const reason = await vscode.window.showInputBox({ ...question, prompt: vscode.l10n.t('Why? May be left empty.') });
  if (reason !== undefined) {
    await hand.server.execute(verb, { ...named, reason });
  }
}

async function addComment(hand: Hand, named: Named): Promise<void> {
  const text = await vscode.window.showInputBox({ title: vscode.l10n.t('Comment on {0}', named.id), prompt: vscode.l10n.t('Markdown') });
  if (text !== undefined && text.trim() !== '') {
    await hand.server.execute('addComment', { ...named, text });
  }
}

/** The issue at the cursor, else the one that the person picks. */
async function meant(hand: Hand, title: string): Promise<Named | undefined> {
  const editor = vscode.window.activeTextEditor;
  const folder = editor === undefined ? undefined : vscode.workspace.getWorkspaceFolder(editor.document.uri);
  if (editor !== undefined && folder !== undefined) {
    const id = await hand.marks.issueAt(editor.document, editor.selection.active);
    if (id !== undefined) {
      return { workspace: hand.server.uriOf(folder.uri), id };
    }
  }
  const found = await pickIssue(hand.server, { title, state: 'any' });
  return found === undefined ? undefined : namedOf(found);
}

async function commentOnIssue(hand: Hand): Promise<void> {
  const named = await meant(hand, vscode.l10n.t('Comment on Issue'));
  if (named !== undefined) {
    await addComment(hand, named);
  }
}

async function showReferences(hand: Hand): Promise<void> {
  const named = await meant(hand, vscode.l10n.t('Show References'));
  if (named === undefined) {
    return;
  }
  const places = await hand.server.request<readonly Location[]>('issuelens/issuePlaces', named);
  if (places.length === 0) {
    say(vscode.l10n.t('{0} stands nowhere in the code.', named.id));
    return;
  }
  const shown = places.map(({ uri, range }) => new vscode.Location(vscode.Uri.parse(uri, true), rangeOf(range)));
  const from = vscode.window.activeTextEditor;
  const at = from ?? (await vscode.window.showTextDocument((shown[0] as vscode.Location).uri));
  await vscode.commands.executeCommand('editor.action.showReferences', at.document.uri, at.selection.active, shown);
}

interface Location {
  readonly uri: string;
  readonly range: Range;
}

async function insertIssueId(hand: Hand): Promise<void> {
  const now = hand.current.now;
  const found = now ?? (await pickIssue(hand.server, { title: vscode.l10n.t('Issue of the Commit'), state: 'open' }));
  if (found === undefined) {
    return;
  }
  const named = { workspace: found.workspace, id: found.issue.id };
  const repository = await repositoryOf(named.workspace);
  if (repository === undefined) {
    say(vscode.l10n.t('Issuelens: this folder is in no git repository that VS Code has open.'));
    return;
  }
  const plan = await planOf(hand.server, named);
  const message = repository.inputBox.value;
  if (message.trim() === '') {
    beginMessage(repository, plan);
  } else if (!message.includes(named.id)) {
    repository.inputBox.value = `${plan.message}${message}`;
  }
  await vscode.commands.executeCommand('workbench.view.scm');
}
