// The server's questions that decide about issues and texts. They stay until they are answered; messages of VS Code hide.

import * as vscode from 'vscode';
import type * as Library from './library';
import { plain } from './plain';

const METHOD = 'issuelens/choose';

interface Question {
  readonly message: string;
  readonly choices: readonly string[];
  /** Whether there may be many, of which one is looked for. */
  readonly isList: boolean;
}

/** Says to a server that it may ask, and answers it. */
export function offerQuestions(client: Library.LanguageClient): void {
  client.registerFeature({
    fillClientCapabilities: (capabilities) => {
      capabilities.experimental = { ...(capabilities.experimental as object | undefined), issuelens: { choose: true } };
    },
    initialize: () => undefined,
    getState: () => ({ kind: 'static' }),
    clear: () => undefined,
  });
  client.onRequest(METHOD, ask);
}

/** The choice; null when the person makes none. */
async function ask({ message, choices, isList }: Question): Promise<string | null> {
  if (isList) {
    const items = choices.map((choice) => ({ label: plain(choice), choice }));
    return (await vscode.window.showQuickPick(items, { title: plain(message), ignoreFocusOut: true }))?.choice ?? null;
  }
  return (await vscode.window.showInformationMessage(plain(message), { modal: true }, ...choices)) ?? null;
}
