// Telling a person of what failed, with the way to the log.

import * as vscode from 'vscode';
import { plain } from './plain';

/** Tells of a failure, and opens the log when that is asked for. */
export async function tell(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  log.error(text);
  const show = vscode.l10n.t('Show Logs');
  if ((await vscode.window.showErrorMessage(plain(`Issuelens: ${text}`), show)) !== undefined) {
    log.show();
  }
}

/** Work whose failure is told. */
export function told<Words extends unknown[]>(
  work: (...words: Words) => Promise<void> | void,
  log: vscode.LogOutputChannel,
): (...words: Words) => Promise<void> {
  return async (...words) => {
    try {
      await work(...words);
    } catch (error) {
      await tell(error, log);
    }
  };
}

/** Says something to the person. */
export function say(text: string): void {
  void vscode.window.showInformationMessage(plain(text));
}
