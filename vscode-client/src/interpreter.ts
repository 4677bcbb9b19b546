// Finds a Python for the language server: setting, active environment, python3 or py -3.
// Nothing here knows VS Code, so that every step can be tested.

import { execFile } from 'node:child_process';

export const MINIMUM = [3, 11] as const;
export const PROBE_MS = 10_000;

/** A way to start Python: a program and the arguments that come before all others. */
export interface Interpreter {
  readonly program: string;
  readonly args: readonly string[];
  /** Where it comes from, for the log and for messages. */
  readonly origin: string;
}

export interface Sources {
  /** The setting `issuelens.interpreter`; empty when not set. */
  readonly setting: string;
  /** The active Python environment's program, if any; never rejects and never takes long. */
  readonly active: () => Promise<string | undefined>;
  readonly platform: NodeJS.Platform;
}

export type Probe = (interpreter: Interpreter) => Promise<string | undefined>;

export interface Found {
  readonly interpreter: Interpreter | undefined;
  /** Why each candidate before it was passed over. */
  readonly problems: readonly string[];
}

/** A setting with `~`, `${userHome}` and `${workspaceFolder}` (the first folder) as the paths that they stand for. */
export function expanded(setting: string, home: string, folder: string | undefined): string {
  const paths: Readonly<Record<string, string>> = { userHome: home, ...(folder === undefined ? {} : { workspaceFolder: folder }) };
  return setting
    .trim()
    .replace(/^~(?=[/\\]|$)/, () => home)
    .replaceAll(/\$\{(\w+)\}/g, (found: string, name: string) => paths[name] ?? found);
}

/** The candidates in the order in which they are tried. A setting stands alone: who sets one means it. */
export async function candidates(sources: Sources): Promise<Interpreter[]> {
  if (sources.setting !== '') {
    return [{ program: sources.setting, args: [], origin: 'the setting issuelens.interpreter' }];
  }
  const found: Interpreter[] = [];
  const active = await sources.active();
  if (active !== undefined) {
    found.push({ program: active, args: [], origin: 'the active Python environment' });
  }
  if (sources.platform === 'win32') {
    found.push({ program: 'py', args: ['-3'], origin: 'the Python launcher' });
  }
  found.push({ program: 'python3', args: [], origin: 'python3' });
  if (sources.platform === 'win32') {
    found.push({ program: 'python', args: [], origin: 'python' });
  }
  return found;
}

/** The first candidate that is a Python new enough. */
export async function findInterpreter(sources: Sources, probe: Probe): Promise<Found> {
  const problems: string[] = [];
  for (const interpreter of await candidates(sources)) {
    const problem = await probe(interpreter);
    if (problem === undefined) {
      return { interpreter, problems };
    }
    problems.push(`${interpreter.program} (${interpreter.origin}): ${problem}`);
  }
  return { interpreter: undefined, problems };
}

/** Runs a candidate once; says what is wrong with it, or nothing. */
export function probe(interpreter: Interpreter): Promise<string | undefined> {
  const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return new Promise((resolve) => {
    const answered = (error: Error | null, stdout: string): void => {
      resolve(error === null ? versionProblem(stdout) : startProblem(error));
    };
    try {
      execFile(interpreter.program, [...interpreter.args, '-I', '-c', code], { timeout: PROBE_MS, windowsHide: true }, answered);
    } catch (error) {
      // What no program can be called, such as a path through a file, is refused at once.
      resolve(startProblem(error as Error));
    }
  });
}

/** What is wrong with a version such as `3.9`, or nothing. */
export function versionProblem(output: string): string | undefined {
  const match = /^(\d+)\.(\d+)\s*$/.exec(output);
  if (match === null) {
    return 'it did not say its version';
  }
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) {
    return undefined;
  }
  return `it is Python ${major}.${minor}; ${MINIMUM.join('.')} or newer is needed`;
}

function startProblem(error: Error & { code?: unknown; killed?: boolean | null }): string {
  if (error.code === 'ENOENT') {
    return 'it is not there';
  }
  if (error.killed === true) {
    return `it did not answer within ${PROBE_MS / 1000} s`;
  }
  return `it can't be run (${String(error.code)})`;
}

/** Waits for a promise, but not longer than so many milliseconds; then undefined. */
export async function bounded<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, milliseconds);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
