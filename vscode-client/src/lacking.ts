// What a server does not know that is older than this client.

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;

/** Remembers the requests that the running server has refused as unknown: each is asked for once, and it is told once. */
export class Lacking {
  private readonly names = new Set<string>();

  /** `tell` hears of the first one. */
  constructor(private readonly tell: (name: string) => void) {}

  has(name: string): boolean {
    return this.names.has(name);
  }

  /**
   * Whether an error says that the request is unknown; it is not to be asked for again then.
   *
   * @param offered the commands that the server has, since an unknown one is refused as a wrong parameter.
   */
  notes(name: string, error: unknown, offered: readonly string[] | undefined): boolean {
    const code = (error as { readonly code?: unknown } | null)?.code;
    const isCommand = code === INVALID_PARAMS && name.startsWith('issuelens.server.') && offered?.includes(name) === false;
    const isLacking = code === METHOD_NOT_FOUND || isCommand;
    if (isLacking) {
      this.names.add(name);
      if (this.names.size === 1) {
        this.tell(name);
      }
    }
    return isLacking;
  }

  /** Another server runs. */
  reset(): void {
    this.names.clear();
  }
}

/** What is asked for: a method, or the command that it is to run. */
export function nameOf(method: string, params: unknown): string {
  const command = (params as { readonly command?: unknown } | null)?.command;
  return method === 'workspace/executeCommand' && typeof command === 'string' ? command : method;
}
