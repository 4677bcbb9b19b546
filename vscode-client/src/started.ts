// Editors and tabs that VS Code restores are there before the server is: they wait for it here.

import type { Server } from './server';

/** Resolves when the server runs, or when it is known that it does not. */
export async function started(server: Server): Promise<void> {
  if (!isUnderWay(server)) {
    return;
  }
  await new Promise<void>((resolve) => {
    const listening = server.onDidChangePhase(() => {
      if (!isUnderWay(server)) {
        listening.dispose();
        resolve();
      }
    });
  });
}

function isUnderWay(server: Server): boolean {
  return server.phase === 'idle' || server.phase === 'starting';
}
