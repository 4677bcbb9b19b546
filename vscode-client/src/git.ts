// What is used of the Git extension that comes with VS Code.

import * as vscode from 'vscode';

/** A part of `API` in version 1 of `vscode.git`. */
interface GitApi {
  readonly state: 'uninitialized' | 'initialized';
  readonly onDidChangeState: vscode.Event<unknown>;
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: vscode.Event<Repository>;
  getRepository(uri: vscode.Uri): Repository | null;
}

export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  readonly state: {
    readonly HEAD: { readonly name?: string } | undefined;
    readonly workingTreeChanges: readonly unknown[];
    readonly indexChanges: readonly unknown[];
    readonly onDidChange: vscode.Event<void>;
  };
  getBranches(query: { pattern?: string; remote?: boolean }): Promise<readonly { readonly name?: string }[]>;
  createBranch(name: string, checkout: boolean): Promise<void>;
  checkout(name: string): Promise<void>;
}

/** The Git extension; undefined where it is not there, or is turned off. */
export async function git(): Promise<GitApi | undefined> {
  const extension = vscode.extensions.getExtension<{ readonly enabled: boolean; getAPI(version: 1): GitApi }>('vscode.git');
  if (extension === undefined) {
    return undefined;
  }
  const found = await extension.activate();
  return found.enabled ? found.getAPI(1) : undefined;
}

/** The repository that a folder is in. */
export async function repositoryOf(workspace: string): Promise<Repository | undefined> {
  return (await git())?.getRepository(vscode.Uri.parse(workspace, true)) ?? undefined;
}

/** Whether the repository has a local branch of this name. */
export async function hasBranch(repository: Repository, name: string): Promise<boolean> {
  const found = await repository.getBranches({ remote: false });
  return found.some((one) => one.name === name);
}
