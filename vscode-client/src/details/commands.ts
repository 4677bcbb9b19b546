// Opening an issue: its details in a tab, its document, and the document of a new one.

import * as vscode from 'vscode';
import { SCHEME } from '../documents/entries';
import type { IssueFiles } from '../documents/files';
import { plain } from '../plain';
import type { Server } from '../server';
import { namedIn } from './page';
import type { DetailsPanels } from './panels';

/** Registers `issuelens.openIssue`, `issuelens.openIssueText` (both take `{workspace, id}`) and `issuelens.newIssueText`. */
export function registerOpening(server: Server, panels: DetailsPanels, files: IssueFiles): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand('issuelens.openIssue', (argument: unknown) => {
      const named = namedIn(argument);
      if (named !== undefined) {
        panels.open(named);
      }
    }),
    vscode.commands.registerCommand(
      'issuelens.openIssueText',
      told((argument) => openText(server, argument)),
    ),
    vscode.commands.registerCommand(
      'issuelens.newIssueText',
      told(() => newIssue(files)),
    ),
  ];
}

async function openText(server: Server, argument: unknown): Promise<void> {
  const named = namedIn(argument);
  if (named !== undefined) {
    const { uri } = await server.request<{ readonly uri: string }>('issuelens/issueDetails', named);
    await vscode.window.showTextDocument(vscode.Uri.parse(uri, true), { preview: false });
  }
}

async function newIssue(files: IssueFiles): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = folders.length > 1 ? await vscode.window.showWorkspaceFolderPick() : folders[0];
  if (folder !== undefined) {
    await files.openNew(folder.uri.with({ scheme: SCHEME, path: `${folder.uri.path}/new.md` }));
  }
}

/** Work whose failure is told to the person. */
function told(work: (argument: unknown) => Promise<void>): (argument: unknown) => Promise<void> {
  return async (argument) => {
    try {
      await work(argument);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(plain(`Issuelens: ${text}`));
    }
  };
}
