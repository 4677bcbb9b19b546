// The issue panel: its views in the activity bar.

import * as vscode from 'vscode';
import { plain } from '../plain';
import type { Server } from '../server';
import { Folders } from './folders';
import { IssuesView } from './issues-view';
import { TodosView } from './todos-view';

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
  const memory = context.workspaceState;
  const issues = new IssuesView(server, folders, memory, log, failed);
  return [folders, issues, new TodosView(server, folders, memory, log, failed)];
}
