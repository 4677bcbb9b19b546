// The language server's process: found, started, restarted and ended here, and nowhere else.

import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  type LanguageClientOptions,
} from 'vscode-languageclient/node';
import { serverCommand } from './command';
import { bounded, findInterpreter, probe, type Interpreter } from './interpreter';
import { CrashGuard, Queue } from './restarts';
import { reasonNotToStart } from './trust';

const ACTIVE_ENVIRONMENT_MS = 3_000;

/** Owns at most one language client. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly guard = new CrashGuard();
  private readonly queue = new Queue();

  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Starts the server; in a folder that is not trusted, says so in the log and does nothing. */
  async start(): Promise<void> {
    await this.queue.run(() => this.startNow());
  }

  /** Ends the server and starts it anew, as a person has asked for. */
  async restart(): Promise<void> {
    this.guard.reset();
    await this.queue.run(async () => {
      await this.stop();
      await this.startNow();
    });
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  /** Runs a command of the server. */
  async execute<T>(verb: string, argument: unknown): Promise<T> {
    const params = { command: `issuelens.server.${verb}`, arguments: [argument] };
    return this.request<T>('workspace/executeCommand', params);
  }

  /** Sends a request. */
  async request<T>(method: string, params: unknown): Promise<T> {
    if (this.client?.state !== State.Running) {
      throw new Error('the language server does not run. “Restart Server” starts it, “Show Logs” says why it ended.');
    }
    return this.client.sendRequest<T>(method, params);
  }

  /** A URI as the server knows it. */
  uriOf(uri: vscode.Uri): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  private async startNow(): Promise<void> {
    const schemes = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme);
    const reason = reasonNotToStart({ isTrusted: vscode.workspace.isTrusted, schemes });
    if (reason !== undefined) {
      this.log.info(reason);
      return;
    }
    const interpreter = await this.find();
    if (interpreter !== undefined) {
      await this.startWith(interpreter);
    }
  }

  private async find(): Promise<Interpreter | undefined> {
    const setting = vscode.workspace.getConfiguration('issuelens').get<string>('interpreter', '').trim();
    const sources = { setting, active: () => activeEnvironment(this.log), platform: process.platform };
    const found = await findInterpreter(sources, probe);
    for (const problem of found.problems) {
      this.log.info(`Passed over: ${problem}`);
    }
    if (found.interpreter === undefined) {
      void this.askForPython(found.problems);
    } else {
      this.log.info(`Python: ${found.interpreter.program} (${found.interpreter.origin})`);
    }
    return found.interpreter;
  }

  private async askForPython(problems: readonly string[]): Promise<void> {
    const text = `Issuelens needs Python 3.11 or newer, and found none. ${problems.join('; ')}.`;
    const answer = await vscode.window.showErrorMessage(text, 'Choose Python', 'Retry', 'Show Logs');
    if (answer === 'Choose Python') {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'issuelens.interpreter');
    } else if (answer === 'Retry') {
      await this.restart();
    } else if (answer === 'Show Logs') {
      this.log.show();
    }
  }

  private async startWith(interpreter: Interpreter): Promise<void> {
    const { command, args, env, cwd } = serverCommand(this.extensionPath, interpreter, process.env);
    const run = { command, args, options: { env, cwd } };
    const client = new LanguageClient('issuelens', 'Issuelens', { run, debug: run }, this.options());
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.log.error(`The language server did not start: ${String(error)}`);
      void this.askAfterEnd('did not start');
    }
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
      outputChannel: this.log,
      initializationOptions: vscode.workspace.getConfiguration('issuelens'),
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => this.closed(),
      },
    };
  }

  private closed(): { action: CloseAction; handled: boolean } {
    if (this.guard.mayRestart(Date.now())) {
      return { action: CloseAction.Restart, handled: true };
    }
    void this.askAfterEnd('ends again and again');
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private async askAfterEnd(what: string): Promise<void> {
    const text = `Issuelens: the language server ${what}.`;
    const answer = await vscode.window.showErrorMessage(text, 'Restart Server', 'Show Logs');
    if (answer === 'Restart Server') {
      await this.restart();
    } else if (answer === 'Show Logs') {
      this.log.show();
    }
  }
}

interface PythonEnvironments {
  readonly environments: {
    getActiveEnvironmentPath(): { readonly path: string };
    resolveEnvironment(
      path: unknown,
    ): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } } } | undefined>;
  };
}

/** The active environment of the Python extension, where that is installed; waits for it only so long. */
async function activeEnvironment(log: vscode.LogOutputChannel): Promise<string | undefined> {
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
