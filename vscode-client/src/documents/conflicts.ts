// A document that others have changed in the same fields: the person says which side counts.

import * as vscode from 'vscode';
import { plain } from '../plain';
import { shownValue } from './entries';

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

/** Which side counts, as the person says; an error when they say nothing, so that the document stays unsaved. */
export async function chosen(answer: Answer): Promise<'mine' | 'theirs'> {
  const { t } = vscode.l10n;
  const mine = t('Keep Mine');
  const theirs = t('Take Theirs');
  const conflicts = answer.conflicts ?? [];
  const names = conflicts.map((one) => one.field.replaceAll('_', ' ')).join(', ');
  const detail = conflicts.map((one) => {
    const name = one.field.replaceAll('_', ' ');
    return `${name}\n${t('Mine: {0}', shownValue(one.mine))}\n${t('Theirs: {0}', shownValue(one.theirs))}`;
  });
  const text = t('{0}: {1} was changed by somebody else meanwhile.', answer.id ?? '', names);
  const options = { modal: true, detail: detail.join('\n\n') };
  const answered = await vscode.window.showWarningMessage(plain(text), options, mine, theirs);
  if (answered === undefined) {
    throw vscode.FileSystemError.Unavailable(t('It is not saved: {0} was changed by somebody else. Save it again to choose.', names));
  }
  return answered === mine ? 'mine' : 'theirs';
}
