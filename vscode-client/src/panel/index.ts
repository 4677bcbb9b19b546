// The issue panel: its views in the activity bar.

import * as vscode from 'vscode';
import { plain } from '../plain';
import type { Server } from '../server';
import { Folders } from './folders';
import { IssuesView } from './issues-view';

/** Opens the views; what is returned owns them. */
export function registerPanel(
  context: vscode.ExtensionContext,
  server: Server,
  log: vscode.LogOutputChannel,
): { dispose(): unknown }[] {
  const folders = new Folders(server, log);
  const failed = (error: unknown): void => {
    const text = error instanceof Error ? error.message : String(error);
    log.error(text);
    void vscode.window.showErrorMessage(plain(`Issuelens: ${text}`));
  };
  return [folders, new IssuesView(server, folders, context.workspaceState, log, failed)];
}
