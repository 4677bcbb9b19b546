// The active Python environment, as the Python extension names it.

import * as vscode from 'vscode';
import { bounded } from './interpreter';

const ACTIVE_ENVIRONMENT_MS = 3_000;

interface PythonEnvironments {
  readonly environments: {
    getActiveEnvironmentPath(): { readonly path: string };
    resolveEnvironment(
      path: unknown,
    ): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } } } | undefined>;
  };
}

/** The active environment of the Python extension, where that is installed; waits for it only so long. */
export async function activeEnvironment(log: vscode.LogOutputChannel): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonEnvironments>('ms-python.python');
  if (extension === undefined) {
    return undefined;
  }
  const found = await bounded(askExtension(extension, log), ACTIVE_ENVIRONMENT_MS);
  if (found === undefined) {
    log.info(`The Python extension named no environment within ${ACTIVE_ENVIRONMENT_MS / 1000} s.`);
  }
  return found;
}

async function askExtension(
  extension: vscode.Extension<PythonEnvironments>,
  log: vscode.LogOutputChannel,
): Promise<string | undefined> {
  try {
    const { environments } = await extension.activate();
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
    return resolved?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`The Python extension failed: ${String(error)}`);
    return undefined;
  }
}
