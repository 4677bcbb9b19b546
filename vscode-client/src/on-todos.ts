// Commands on TODOs: going to one, linking one.

import * as vscode from 'vscode';
import type { ShownMarks } from './marks';
import { pickIssue } from './picks';
import { nextTodo } from './places';
import type { Server } from './server';
import { say } from './told';

interface Hand {
  readonly server: Server;
  readonly marks: ShownMarks;
}

/** Writes the id of an issue, which is asked for, into the TODO at the cursor. */
export async function linkTodo(hand: Hand): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    say(vscode.l10n.t('Issuelens: open a file and put the cursor on a TODO comment.'));
    return;
  }
  const { document, selection } = editor;
  const place = { uri: hand.server.uriOf(document.uri), line: selection.active.line, version: document.version };
  const found = await pickIssue(hand.server, { title: vscode.l10n.t('Link to which issue?'), state: 'open' });
  if (found !== undefined) {
    await hand.server.execute('linkTodo', { ...place, id: found.issue.id });
  }
}

/** Puts the cursor on the next TODO of the file, or on the one before; from the other end when there is none. */
export async function goToTodo(hand: Hand, isBackwards: boolean): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const marks = editor === undefined ? undefined : await hand.marks.current(editor.document);
  const todo = editor === undefined ? undefined : nextTodo(marks?.todos ?? [], editor.selection.active, isBackwards);
  if (editor === undefined || todo === undefined) {
    say(vscode.l10n.t('There is no TODO in this file.'));
    return;
  }
  const place = new vscode.Position(todo.range.start.line, todo.range.start.character);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
