// The language server's process: found, started, restarted and ended here, and nowhere else.

import * as vscode from 'vscode';
import { serverCommand } from './command';
import { activeEnvironment } from './environment';
import { findInterpreter, probe, type Interpreter } from './interpreter';
import type * as Library from './library';
import { Listeners } from './listeners';
import { CrashGuard, Queue } from './restarts';
import { reasonNotToStart } from './trust';

/** What has become of the server, for views that say so. */
export type Phase = 'idle' | 'starting' | 'running' | 'refused' | 'noPython' | 'ended';

/** Owns at most one language client. */
export class Server implements vscode.Disposable {
  private client: Library.LanguageClient | undefined;
  private readonly guard = new CrashGuard();
  private readonly queue = new Queue();
  private readonly phases = new vscode.EventEmitter<Phase>();
  private readonly starts = new vscode.EventEmitter<void>();
  private readonly stops = new vscode.EventEmitter<void>();
  private readonly listeners = new Listeners();
  private currentPhase: Phase = 'idle';

  /** Fires with each new phase. */
  readonly onDidChangePhase = this.phases.event;
  /** Fires whenever a server has answered `initialize`, also after a restart or a crash. */
  readonly onDidStart = this.starts.event;
  /** Fires whenever a server that ran has ended. */
  readonly onDidStop = this.stops.event;

  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get phase(): Phase {
    return this.currentPhase;
  }

  /** Hears a notification of the server, also of those that are started later; params are what the server sent. */
  onNotification(method: string, listener: (params: unknown) => void): vscode.Disposable {
    if (this.listeners.add(method, listener)) {
      this.attach(method);
    }
    return new vscode.Disposable(() => {
      this.listeners.remove(method, listener);
    });
  }

  private attach(method: string): void {
    this.client?.onNotification(method, (params: unknown) => {
      this.listeners.tell(method, params, (error) => {
        this.log.error(`${method}: ${String(error)}`);
      });
    });
  }

  private enter(phase: Phase): void {
    const before = this.currentPhase;
    if (before === phase) {
      return;
    }
    this.currentPhase = phase;
    this.phases.fire(phase);
    if (phase === 'running') {
      this.starts.fire();
    } else if (before === 'running') {
      this.stops.fire();
    }
  }

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

  /** Ends the server. One that does not end in time is said in the log; its process is killed a little later. */
  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.enter('idle');
    try {
      await client?.dispose();
    } catch (error) {
      // What comes next must come all the same: a restart starts another one.
      this.log.warn(`The language server did not end in time: ${String(error)}`);
    }
  }

  async dispose(): Promise<void> {
    await this.stop();
    for (const emitter of [this.phases, this.starts, this.stops]) {
      emitter.dispose();
    }
  }

  /** Runs a command of the server. */
  async execute<T>(verb: string, argument: unknown): Promise<T> {
    const params = { command: `issuelens.server.${verb}`, arguments: [argument] };
    return this.request<T>('workspace/executeCommand', params);
  }

  /** Sends a request. */
  async request<T>(method: string, params: unknown): Promise<T> {
    if (this.client === undefined || this.currentPhase !== 'running') {
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
      this.enter('refused');
      return;
    }
    this.enter('starting');
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
      this.enter('noPython');
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
    // Here: the editor waits for what is loaded before.
    const library = await import('./library.js');
    const { LanguageClient } = library;
    const client = new LanguageClient('issuelens', 'Issuelens', { run, debug: run }, this.options(library));
    this.client = client;
    this.listeners.methods.forEach((method) => {
      this.attach(method);
    });
    client.onDidChangeState(({ newState }) => {
      if (client === this.client) {
        this.enter(phaseOf(newState, library));
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.enter('ended');
      this.log.error(`The language server did not start: ${String(error)}`);
      void this.askAfterEnd('did not start');
    }
  }

  private options({ CloseAction, ErrorAction }: typeof Library): Library.LanguageClientOptions {
    return {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'issuelens' }, { language: 'scminput' }],
      outputChannel: this.log,
      initializationOptions: vscode.workspace.getConfiguration('issuelens'),
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => ({ action: this.mayRestart() ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true }),
      },
    };
  }

  private mayRestart(): boolean {
    const mayRestart = this.guard.mayRestart(Date.now());
    if (!mayRestart) {
      void this.askAfterEnd('ends again and again');
    }
    return mayRestart;
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

function phaseOf(state: Library.State, { State }: typeof Library): Phase {
  if (state === State.Running) {
    return 'running';
  }
  return state === State.Starting ? 'starting' : 'ended';
}
