// Whether anything may be started here. Nothing here knows VS Code, so that it can be tested.

export interface Opened {
  /** Whether the person trusts the workspace. */
  readonly isTrusted: boolean;
  /** The schemes of its folders' URIs. */
  readonly schemes: readonly string[];
}

/** Why no process may be started: no interpreter is asked for its version, no server is run. Undefined when one may. */
export function reasonNotToStart(opened: Opened): string | undefined {
  if (!opened.isTrusted) {
    return 'The folder is not trusted: no language server is started.';
  }
  if (opened.schemes.length > 0 && !opened.schemes.includes('file')) {
    return 'No folder is on a disk: no language server is started.';
  }
  return undefined;
}
