// The language server's process: found, started, restarted and ended here, and nowhere else.

import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { serverCommand } from './command';
import { activeEnvironment, type PythonEnvironments } from './environment';
import { expanded, findInterpreter, probe, type Interpreter } from './interpreter';
import type * as Library from './library';
import { Lacking, nameOf } from './lacking';
import { Listeners } from './listeners';
import { offerQuestions } from './questions';
import { AtMostOne, CrashGuard } from './restarts';
import { askAfterEnd, askForPython, sayOlder } from './server-messages';
import { reasonNotToStart } from './trust';

/** What has become of the server, for views that say so. */
export type Phase = 'idle' | 'starting' | 'running' | 'refused' | 'noPython' | 'ended';

/** Owns at most one language client. */
export class Server implements vscode.Disposable {
  private readonly client: AtMostOne<Library.LanguageClient>;
  private readonly guard = new CrashGuard();
  private readonly phases = new vscode.EventEmitter<Phase>();
  private readonly starts = new vscode.EventEmitter<void>();
  private readonly stops = new vscode.EventEmitter<void>();
  private readonly listeners = new Listeners();
  private readonly lacking = new Lacking((name) => {
    void sayOlder(name, this.log, () => this.restart());
  });
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
  ) {
    this.client = new AtMostOne({
      start: () => this.startNow(),
      end: async (client: Library.LanguageClient) => {
        this.enter('idle');
        await client.dispose();
      },
      // Its process is killed a little later.
      failed: (error) => {
        log.warn(`The language server did not end in time: ${String(error)}`);
      },
      notStarted: (error) => {
        this.failedToStart(error);
      },
    });
  }

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
    this.client.one?.onNotification(method, (params: unknown) => {
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
      this.lacking.reset();
      this.starts.fire();
    } else if (before === 'running') {
      this.stops.fire();
    }
  }

  /** Starts the server, in the place of one that runs; in a folder that is not trusted, says so in the log. */
  async start(): Promise<void> {
    await this.client.renew();
  }

  /** The same, as a person has asked for it: earlier crashes do not count any more. */
  async restart(): Promise<void> {
    this.guard.reset();
    await this.start();
  }

  /** Ends the server for good. */
  async dispose(): Promise<void> {
    await this.client.close();
    for (const emitter of [this.phases, this.starts, this.stops]) {
      emitter.dispose();
    }
  }

  /** Runs a command of the server. */
  async execute<T>(verb: string, argument: unknown): Promise<T> {
    const params = { command: `issuelens.server.${verb}`, arguments: [argument] };
    return this.request<T>('workspace/executeCommand', params);
  }

  /** Sends a request. One that this server does not know is not sent again. */
  async request<T>(method: string, params: unknown): Promise<T> {
    const client = this.client.one;
    if (client === undefined || this.currentPhase !== 'running') {
      throw new Error('the language server does not run. “Restart Server” starts it, “Show Logs” says why it ended.');
    }
    const name = nameOf(method, params);
    if (!this.lacking.has(name)) {
      try {
        return await client.sendRequest<T>(method, params);
      } catch (error) {
        const offered = client.initializeResult?.capabilities.executeCommandProvider?.commands;
        if (!this.lacking.notes(name, error, offered)) {
          throw error;
        }
      }
    }
    throw new Error(vscode.l10n.t('The language server is older than this extension and has no “{0}”. Restart it, or install the extension again.', name));
  }

  /** A URI as the server knows it. */
  uriOf(uri: vscode.Uri): string {
    return this.client.one?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
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

  /** A Python; undefined when there is none, or when it is not wanted any more. */
  private async find(): Promise<Interpreter | undefined> {
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
    const setting = expanded(vscode.workspace.getConfiguration('issuelens').get('interpreter', ''), homedir(), folder?.uri.fsPath);
    const active = (): Promise<string | undefined> =>
      activeEnvironment(vscode.extensions.getExtension<PythonEnvironments>('ms-python.python'), this.log);
    const sources = { setting, active, platform: process.platform };
    const found = await findInterpreter(sources, probe);
    if (!this.client.isWanted) {
      return undefined;
    }
    for (const problem of found.problems) {
      this.log.info(`Passed over: ${problem}`);
    }
    if (found.interpreter === undefined) {
      this.enter('noPython');
      void askForPython(found.problems, this.log, () => this.restart());
    } else {
      this.log.info(`Python: ${found.interpreter.program} (${found.interpreter.origin})`);
    }
    return found.interpreter;
  }

  private async startWith(interpreter: Interpreter): Promise<void> {
    const { command, args, env, cwd } = serverCommand(this.extensionPath, interpreter, process.env);
    const run = { command, args, options: { env, cwd } };
    // Here: the editor waits for what is loaded before.
    const library = await import('./library.js');
    if (!this.client.isWanted) {
      return;
    }
    const { LanguageClient } = library;
    const client = new LanguageClient('issuelens', 'Issuelens', { run, debug: run }, this.options(library));
    this.client.hold(client);
    offerQuestions(client);
    this.listeners.methods.forEach((method) => {
      this.attach(method);
    });
    client.onDidChangeState(({ newState }) => {
      if (client === this.client.one) {
        this.enter(phaseOf(newState, library));
      }
    });
    await client.start();
  }

  /** Whatever kept it from running: who waits for it hears that it does not. */
  private failedToStart(error: unknown): void {
    this.log.error(`The language server did not start: ${String(error)}`);
    // Else it is to end, or the next start is about to begin.
    if (this.client.isWanted) {
      this.enter('ended');
      void askAfterEnd(vscode.l10n.t('Issuelens: the language server did not start.'), this.log, () => this.restart());
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
      void askAfterEnd(vscode.l10n.t('Issuelens: the language server ends again and again.'), this.log, () => this.restart());
    }
    return mayRestart;
  }
}

function phaseOf(state: Library.State, { State }: typeof Library): Phase {
  if (state === State.Running) {
    return 'running';
  }
  return state === State.Starting ? 'starting' : 'ended';
}
