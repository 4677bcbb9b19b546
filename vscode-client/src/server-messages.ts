// What is said when there is no server: each message has buttons for what can be done.

import * as vscode from 'vscode';

/** Says that there is no Python, and what was looked for; `restart` is for when there is one. */
export async function askForPython(problems: readonly string[], log: vscode.LogOutputChannel, restart: () => Promise<void>): Promise<void> {
  const text = vscode.l10n.t('Issuelens needs Python 3.11 or newer, and found none.');
  const [choose, retry] = [vscode.l10n.t('Choose Python'), vscode.l10n.t('Retry')];
  const answer = await ask(`${text} ${problems.join('; ')}.`, log, choose, retry);
  if (answer === choose) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'issuelens.interpreter');
  } else if (answer === retry) {
    await restart();
  }
}

/** Says that the server has ended, or has never begun. */
export async function askAfterEnd(text: string, log: vscode.LogOutputChannel, restart: () => Promise<void>): Promise<void> {
  if ((await ask(text, log, vscode.l10n.t('Restart Server'))) !== undefined) {
    await restart();
  }
}

/** Says that the server lacks what is asked of it; `name` is a request or a command. */
export async function sayOlder(name: string, log: vscode.LogOutputChannel, restart: () => Promise<void>): Promise<void> {
  log.warn(`The language server has no “${name}”: it is older than the extension.`);
  const text = vscode.l10n.t('Issuelens: the language server is older than the extension, and some of it is missing.');
  const advice = vscode.l10n.t('Restart it. If that does not help, install the extension again.');
  const restarted = vscode.l10n.t('Restart Server');
  if ((await vscode.window.showWarningMessage(`${text} ${advice}`, restarted)) === restarted) {
    await restart();
  }
}

/** What is answered; undefined when that is nothing, or the log was wanted, which is shown. */
async function ask(text: string, log: vscode.LogOutputChannel, ...buttons: readonly string[]): Promise<string | undefined> {
  const show = vscode.l10n.t('Show Logs');
  const answer = await vscode.window.showErrorMessage(text, ...buttons, show);
  if (answer === show) {
    log.show();
    return undefined;
  }
  return answer;
}
