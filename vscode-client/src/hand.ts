// What is at hand beside the views: commands, marks, threads, the status bar.

import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { CurrentIssue } from './current';
import { Decorations } from './decorations';
import { ShownMarks } from './marks';
import type { Server } from './server';
import { ServerStatus } from './status';
import { Threads } from './threads';
import { told } from './told';

/** Opens it all; what is returned owns it. */
export function registerHand(context: vscode.ExtensionContext, server: Server, log: vscode.LogOutputChannel): { dispose(): unknown }[] {
  const marks = new ShownMarks(server);
  const current = new CurrentIssue(server, context.workspaceState, log);
  const threads = new Threads(server, (error) => {
    log.warn(`Comments can't be shown: ${String(error)}`);
  });
  const sign = vscode.Uri.joinPath(context.extensionUri, 'vscode-client', 'media', 'gutter.svg');
  return [
    marks,
    current,
    threads,
    new ServerStatus(server),
    new Decorations(marks, sign),
    ...registerCommands({ server, log, marks, current }),
    vscode.commands.registerCommand('issuelens.replyToThread', told((reply: vscode.CommentReply) => threads.reply(reply), log)),
  ];
}
