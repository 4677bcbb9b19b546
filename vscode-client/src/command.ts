// The command line and environment of the bundled language server.

import * as path from 'node:path';
import type { Interpreter } from './interpreter';

export interface ServerCommand {
  readonly command: string;
  readonly args: string[];
  readonly env: NodeJS.ProcessEnv;
  /** Not the workspace: on Windows, programs are looked for there first. */
  readonly cwd: string;
}

/** How the bundled server is started with an interpreter. */
export function serverCommand(
  extensionPath: string,
  interpreter: Interpreter,
  environment: NodeJS.ProcessEnv,
): ServerCommand {
  const libraries = path.join(extensionPath, 'bundled', 'libs');
  const env: NodeJS.ProcessEnv = {
    ...environment,
    // The daemon that the server starts must find the same libraries, and nothing of the user's own.
    PYTHONPATH: libraries,
    PYTHONNOUSERSITE: '1',
    PYTHONSAFEPATH: '1',
    PYTHONUTF8: '1',
  };
  delete env['PYTHONHOME'];
  return { command: interpreter.program, args: [...interpreter.args, '-m', 'issuelens', 'lsp'], env, cwd: extensionPath };
}
