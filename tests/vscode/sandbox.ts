// A home, a runtime folder and a PATH of a run's own, and what was started with them.

import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { seen } from './waiting';

export const ROOT = process.cwd();
const PYTHON = path.join(ROOT, '.venv', 'bin', 'python');
const CLI_MS = 60_000;
const KILLED_ROUNDS = 50;

/** A process of a sandbox. */
export interface Started {
  readonly pid: number;
  readonly words: readonly string[];
}

/** Owns a folder, and ends what was started with its environment when it is closed. */
export class Sandbox {
  /** Short: the paths of sockets are limited. */
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'il-'));
  readonly home = this.made('home');
  private readonly runtime = this.made('run');
  private readonly bin = this.made('bin');

  constructor() {
    fs.chmodSync(this.runtime, 0o700);
    // The Python that a person has: none of the libraries that ours has.
    const plain = execFileSync(PYTHON, ['-c', 'import sys; print(sys._base_executable)'], { encoding: 'utf8' }).trim();
    fs.symlinkSync(plain, path.join(this.bin, 'python3'));
  }

  /** The environment of all that is started in it. */
  get environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(ISSUELENS_|GIT_|XDG_|VSCODE_|MAKE|MFLAGS|NODE_|PYTHON)/.test(name));
    return {
      ...Object.fromEntries(kept),
      HOME: this.home,
      XDG_RUNTIME_DIR: this.runtime,
      PATH: `${this.bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
      GIT_CONFIG_GLOBAL: os.devNull,
      GIT_CONFIG_SYSTEM: os.devNull,
      GIT_AUTHOR_NAME: 'Tester',
      GIT_AUTHOR_EMAIL: 'tester@example.invalid',
      GIT_COMMITTER_NAME: 'Tester',
      GIT_COMMITTER_EMAIL: 'tester@example.invalid',
      ISSUELENS_ACTOR: 'anna',
      ISSUELENS_IDLE_SECONDS: '0.3',
      PYTHONWARNINGS: 'error',
      // Nobody is asked for other extensions.
      EXTENSIONS_GALLERY: '{}',
    };
  }

  /** A folder below it, made when it is not there. */
  made(name: string): string {
    const folder = path.join(this.folder, name);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** A git repository with these files, all of them committed; a workspace, unless said otherwise. */
  repository(name: string, files: Readonly<Record<string, string>>, isWorkspace = true): Repository {
    const made = new Repository(this, this.made(name));
    made.run('git', 'init', '--quiet', '--initial-branch=main');
    if (isWorkspace) {
      made.issuelens('init', '--prefix', 'app');
    }
    for (const [file, text] of Object.entries(files)) {
      made.write(file, text);
    }
    made.run('git', 'add', '--all');
    made.run('git', 'commit', '--quiet', '--message', 'The beginning');
    return made;
  }

  /** The processes that live and have its environment, those whose command line holds all the words. */
  processes(...words: readonly string[]): Started[] {
    const found = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => this.started(Number(name)));
    return found.filter((one) => one !== undefined).filter((one) => words.every((word) => one.words.includes(word)));
  }

  /** Ends what is left in it, and removes its folder. */
  close(): void {
    // Once more when one was just starting another.
    for (let left = this.processes(), round = 0; left.length > 0 && round < KILLED_ROUNDS; left = this.processes(), round++) {
      left.forEach(kill);
    }
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private started(pid: number): Started | undefined {
    try {
      const has = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`XDG_RUNTIME_DIR=${this.runtime}`);
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      // One that has ended, but was not waited for, has no words.
      return has && words.length > 0 ? { pid, words } : undefined;
    } catch {
      return undefined;
    }
  }
}

function kill({ pid }: Started): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

/** A folder under git, and what is done to it from outside of the editor. */
export class Repository {
  constructor(
    private readonly sandbox: Sandbox,
    readonly folder: string,
  ) {}

  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    fs.writeFileSync(path.join(this.folder, file), text);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), 'utf8');
  }

  /** What a program printed that was run in the folder. */
  run(program: string, ...words: readonly string[]): string {
    const options = { cwd: this.folder, env: this.sandbox.environment, encoding: 'utf8', timeout: CLI_MS } as const;
    const done = spawnSync(program, words, options);
    if (done.status !== 0) {
      throw new Error(`${program} ${words.join(' ')}: ${done.error?.message ?? done.stderr}`);
    }
    return done.stdout;
  }

  /** What the command line printed. */
  issuelens(...words: readonly string[]): string {
    return this.run(PYTHON, '-m', 'issuelens', ...words);
  }

  /** A new issue's id. */
  create(title: string, ...words: readonly string[]): string {
    return (JSON.parse(this.issuelens('create', title, ...words, '--json')) as { id: string }).id;
  }

  /** Waits for a field of an issue to have a value, asked by the command line. */
  async has(id: string, field: string, value: unknown): Promise<void> {
    await seen(`${field} ${String(value)} in ${id}`, () => {
      const issue = JSON.parse(this.issuelens('show', id, '--json')) as Record<string, unknown>;
      return issue[field] === value;
    });
  }
}
