// A file to try things on, for the walkthrough.

import * as vscode from 'vscode';

const NAME = 'issuelens-sample.py';

/** Opens the sample in the first folder; asks before it is made. */
export async function openSample(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) {
    await vscode.commands.executeCommand('workbench.action.files.openFolder');
    return;
  }
  const uri = vscode.Uri.joinPath(folder.uri, NAME);
  if (!(await isThere(uri))) {
    const make = vscode.l10n.t('Make the File');
    const detail = vscode.l10n.t('Delete it when you have tried what you want to.');
    const question = vscode.l10n.t('Make {0} in {1}?', NAME, folder.name);
    if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, make)) !== make) {
      return;
    }
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(TEXT));
  }
  await vscode.window.showTextDocument(uri);
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

const TEXT = `"""A file to try Issuelens on."""


def total(prices):
    # TODO: round half up
    return sum(prices)


def taxes(price):
    # FIXME: the rate is another one since January
    return price * 0.19
`;
