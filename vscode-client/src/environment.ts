// The active Python environment, as the Python extension names it. Nothing here knows VS Code, so that it can be tested.

import { bounded } from './interpreter';

const WAIT_MS = 3_000;

/** A part of what the Python extension gives. */
export interface PythonEnvironments {
  readonly environments: {
    getActiveEnvironmentPath(): { readonly path: string };
    resolveEnvironment(path: unknown): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } } } | undefined>;
  };
}

/** The Python extension, whether it runs by now or not. */
export interface PythonExtension {
  activate(): PromiseLike<PythonEnvironments>;
}

interface Log {
  info(text: string): void;
  warn(text: string): void;
}

/** The program of the active environment, where the extension is installed; waits for it only so long. Never rejects. */
export async function activeEnvironment(extension: PythonExtension | undefined, log: Log, waitMs = WAIT_MS): Promise<string | undefined> {
  if (extension === undefined) {
    return undefined;
  }
  const found = await bounded(askExtension(extension, log), waitMs);
  if (found === undefined) {
    log.info(`The Python extension named no environment within ${waitMs / 1000} s.`);
  }
  return found;
}

async function askExtension(extension: PythonExtension, log: Log): Promise<string | undefined> {
  try {
    const { environments } = await extension.activate();
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
    return resolved?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`The Python extension failed: ${String(error)}`);
    return undefined;
  }
}
