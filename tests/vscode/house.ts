// VS Code as it is served to a browser, with the extension installed, and the browser that shows it.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser } from 'playwright-core';
import { ROOT, Sandbox, type Repository } from './sandbox';
import { DEADLINE_MS } from './waiting';
import { Window } from './window';

const HOME = path.join(ROOT, 'build', 'vscode');
const NODE = path.join(HOME, 'node24');
const ENTRY = path.join(HOME, 'code-server', 'node_modules', 'code-server', 'out', 'node', 'entry.js');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const BROWSER_FLAGS = ['--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-lcd-text'];
/** What would ask, move or call out by itself. */
const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.accessibilitySupport': 'off',
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.startupPrompt': 'always',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.confirmBeforeClose': 'never',
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Why no VS Code can be driven here; undefined when one can. */
export function missing(): string | undefined {
  const reason = path.join(HOME, 'missing');
  if (fs.existsSync(reason)) {
    return fs.readFileSync(reason, 'utf8').trim();
  }
  if (!fs.existsSync(ENTRY)) {
    throw new Error('No VS Code is set up: run `make test-vscode`.');
  }
  return undefined;
}

/** Owns a sandbox, a served VS Code and a browser, also when this process is told to end. */
export class House {
  private constructor(
    readonly sandbox: Sandbox,
    private readonly unwatch: () => void,
    private readonly server: ChildProcess,
    readonly address: string,
    private readonly browser: Browser | undefined,
  ) {}

  /**
   * Installs the built extension and serves VS Code on a free loopback port.
   *
   * @param hasBrowser whether a browser is started, too; without one, somebody's own is used.
   */
  static async open(hasBrowser = true): Promise<House> {
    const sandbox = new Sandbox();
    const unwatch = endedWithProcess(sandbox);
    try {
      prepare(sandbox);
      const [server, address] = await serve(sandbox);
      return new House(sandbox, unwatch, server, address, hasBrowser ? await browse(sandbox) : undefined);
    } catch (error) {
      unwatch();
      sandbox.close();
      throw error;
    }
  }

  /** A window on a repository. Its folder is trusted when that is asked, unless said otherwise. */
  async window(repository: Repository, isTrusted = true, owned: (window: Window) => void = () => undefined): Promise<Window> {
    if (this.browser === undefined) {
      throw new Error('This house has no browser.');
    }
    const context = await this.browser.newContext({ viewport: { width: 1200, height: 720 } });
    const window = new Window(await context.newPage());
    owned(window);
    await window.load(this.link(repository), isTrusted);
    return window;
  }

  /** The address that opens a repository. */
  link(repository: Repository): string {
    return `${this.address}?folder=${encodeURIComponent(repository.folder)}`;
  }

  /** Copies what tells of a failure into a folder. */
  keepLogs(folder: string): void {
    const logs = path.join(this.sandbox.folder, 'data', 'logs');
    if (fs.existsSync(logs)) {
      fs.cpSync(logs, path.join(folder, 'logs'), { recursive: true });
    }
    fs.copyFileSync(path.join(this.sandbox.folder, 'served.log'), path.join(folder, 'served.log'));
  }

  /** Waits until VS Code is not served any more. */
  async ended(): Promise<void> {
    if (this.server.exitCode === null && this.server.signalCode === null) {
      await new Promise((resolve) => this.server.once('exit', resolve));
    }
  }

  /** Closes the browser and VS Code, and ends what is left. */
  async close(): Promise<void> {
    await this.browser?.close();
    this.server.kill('SIGTERM');
    await this.ended();
    this.unwatch();
    this.sandbox.close();
  }
}

/** Ends all of a sandbox when this process ends, by a signal or by itself; what is given takes that back. */
function endedWithProcess(sandbox: Sandbox): () => void {
  const close = (): void => {
    sandbox.close();
  };
  const end = (signal: NodeJS.Signals): void => {
    process.exit(128 + os.constants.signals[signal]);
  };
  process.once('exit', close);
  SIGNALS.forEach((signal) => process.once(signal, end));
  return () => {
    process.off('exit', close);
    SIGNALS.forEach((signal) => process.off(signal, end));
  };
}

/** Starts the browser. What ends it is the sandbox, not what the library would do by itself. */
async function browse(sandbox: Sandbox): Promise<Browser> {
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: BROWSER_FLAGS, env: defined(sandbox.environment), ...signals });
}

function words(sandbox: Sandbox): string[] {
  return [ENTRY, '--config', path.join(sandbox.folder, 'config.yaml'), '--user-data-dir', sandbox.made('data'), '--extensions-dir', sandbox.made('extensions')];
}

function prepare(sandbox: Sandbox): void {
  fs.writeFileSync(path.join(sandbox.folder, 'config.yaml'), 'auth: none\n');
  fs.writeFileSync(path.join(sandbox.made('data/User'), 'settings.json'), JSON.stringify(SETTINGS));
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const vsix = path.join(ROOT, 'build', `issuelens-${version}.vsix`);
  const options = { env: sandbox.environment, encoding: 'utf8', timeout: 2 * DEADLINE_MS } as const;
  const done = spawnSync(NODE, [...words(sandbox), '--install-extension', vsix], options);
  if (done.status !== 0) {
    throw new Error(`The extension could not be installed: ${done.stdout}${done.stderr}`);
  }
}

/** Starts code-server on a port that is free; it prints which. */
async function serve(sandbox: Sandbox): Promise<[ChildProcess, string]> {
  const flags = ['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--ignore-last-opened'];
  const child = spawn(NODE, [...words(sandbox), ...flags], { env: sandbox.environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = fs.createWriteStream(path.join(sandbox.folder, 'served.log'));
  child.stderr.pipe(log);
  child.stdout.pipe(log, { end: false });
  const lines = createInterface({ input: child.stdout, signal: AbortSignal.timeout(DEADLINE_MS) });
  for await (const line of lines) {
    const found = /listening on (http:\/\/127\.0\.0\.1:\d+\/)/.exec(line);
    if (found?.[1] !== undefined) {
      child.stdout.resume();
      return [child, found[1]];
    }
  }
  throw new Error(`VS Code was not served: ${fs.readFileSync(path.join(sandbox.folder, 'served.log'), 'utf8')}`);
}

function defined(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
