// The extension's beginning and end.

import * as vscode from 'vscode';
import { registerOpening } from './details/commands';
import { DetailsPanels } from './details/panels';
import { IssueFiles } from './documents/files';
import { registerHand } from './hand';
import { registerPanel } from './panel';
import { Server } from './server';

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Issuelens', { log: true });
  const own = (server = new Server(context.extensionPath, log));
  const panels = new DetailsPanels(context, own, log);
  const files = new IssueFiles(own, context.workspaceState);
  context.subscriptions.push(
    log,
    panels,
    files,
    ...registerOpening(own, panels, files),
    ...registerHand(context, own, log),
    ...registerPanel(context, own, log),
    // Settings that were held back until now are read with it, or start it once more when they come a moment later.
    vscode.workspace.onDidGrantWorkspaceTrust(() => own.restart()),
    // The first folder that is on a disk.
    vscode.workspace.onDidChangeWorkspaceFolders(() => (own.phase === 'refused' ? own.start() : undefined)),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (vscode.workspace.isTrusted && change.affectsConfiguration('issuelens.interpreter')) {
        await own.restart();
      }
    }),
  );
  // Not awaited: the editor need not wait for a Python to be found.
  void own.start();
}

export async function deactivate(): Promise<void> {
  const own = server;
  server = undefined;
  await own?.dispose();
}
