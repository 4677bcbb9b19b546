// A document that others have changed in the same fields: the person says which side counts.

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { plain } from '../plain';
import { SCHEME, shownValue } from './entries';

interface Conflict {
  readonly field: string;
  readonly mine: unknown;
  readonly theirs: unknown;
}

/** What the server says of a document that was read or saved. */
export interface Answer {
  readonly uri: string;
  readonly id: string | null;
  readonly updatedAt: string | null;
  readonly text: string;
  readonly conflicts?: readonly Conflict[];
}

const THEIRS = 'issuelens-theirs';

/** Gives the texts of issues as others have changed them to views that compare; `read` has that of a document. */
export function offerTheirs(read: (uri: vscode.Uri) => Promise<string>): vscode.Disposable {
  const scheme = (uri: vscode.Uri): vscode.Uri => uri.with({ scheme: SCHEME });
  return vscode.workspace.registerTextDocumentContentProvider(THEIRS, { provideTextDocumentContent: (uri) => read(scheme(uri)) });
}

/** Shows what others have made of an issue beside the document that is not saved. */
async function compare(uri: vscode.Uri): Promise<void> {
  const title = vscode.l10n.t('{0}: theirs and yours', uri.path.slice(uri.path.lastIndexOf('/') + 1));
  await vscode.commands.executeCommand('vscode.diff', uri.with({ scheme: THEIRS, query: randomUUID() }), uri, title);
}

/** Which side counts, as the person says; an error when they do not, so that the document stays unsaved. */
export async function chosen(uri: vscode.Uri, answer: Answer): Promise<'mine' | 'theirs'> {
  const { t } = vscode.l10n;
  const mine = t('Keep Mine');
  const theirs = t('Take Theirs');
  const both = t('Compare');
  const conflicts = answer.conflicts ?? [];
  const names = conflicts.map((one) => one.field.replaceAll('_', ' ')).join(', ');
  const detail = conflicts.map((one) => {
    const name = one.field.replaceAll('_', ' ');
    return `${name}\n${t('Mine: {0}', shownValue(one.mine))}\n${t('Theirs: {0}', shownValue(one.theirs))}`;
  });
  const text = t('{0}: {1} was changed by somebody else meanwhile.', answer.id ?? '', names);
  const options = { modal: true, detail: detail.join('\n\n') };
  const answered = await vscode.window.showWarningMessage(plain(text), options, mine, theirs, both);
  if (answered === both) {
    // Not awaited: the view waits for the save to end.
    void compare(uri);
  }
  if (answered !== mine && answered !== theirs) {
    throw vscode.FileSystemError.Unavailable(t('It is not saved: {0} was changed by somebody else. Save it again to choose.', names));
  }
  return answered === mine ? 'mine' : 'theirs';
}
