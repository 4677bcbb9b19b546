// Work on an issue: its status, its branch, and how messages about it begin.

import * as vscode from 'vscode';
import type { CurrentIssue } from './current';
import { hasBranch, repositoryOf, type Repository } from './git';
import type { Issue } from './issues';
import type { Named } from './picks';
import { plain } from './plain';
import type { Server } from './server';

export interface Plan {
  readonly issue: Issue;
  readonly branch: string;
  readonly message: string;
  readonly current: string;
}

/** Sets an issue in progress, on a branch of its own when the person wants that, and makes it the current one. */
export async function startWork(server: Server, current: CurrentIssue, named: Named): Promise<void> {
  const plan = await planOf(server, named);
  const repository = await repositoryOf(named.workspace);
  const answer = repository === undefined ? 'stay' : await askForBranch(repository, plan);
  if (answer === undefined) {
    return;
  }
  if (repository !== undefined && answer === 'switch') {
    await switchTo(repository, plan.branch);
  }
  await server.execute('startIssue', { ...named });
  await current.choose(named);
  if (repository !== undefined) {
    beginMessage(repository, plan);
  }
}

/** What the branch of an issue and its messages are called, as the settings say. */
export function planOf(server: Server, named: Named): Promise<Plan> {
  const settings = vscode.workspace.getConfiguration('issuelens.work', vscode.Uri.parse(named.workspace, true));
  const branch = settings.get<string>('branch', '');
  const message = settings.get<string>('messagePrefix', '');
  return server.request<Plan>('issuelens/workPlan', { ...named, branch, message });
}

/** Writes the beginning of a message into an empty field of source control. */
export function beginMessage(repository: Repository, plan: Plan): void {
  if (plan.message !== '' && repository.inputBox.value.trim() === '') {
    repository.inputBox.value = plan.message;
  }
}

async function askForBranch(repository: Repository, plan: Plan): Promise<'switch' | 'stay' | undefined> {
  const settings = vscode.workspace.getConfiguration('issuelens.work', repository.rootUri);
  if (!settings.get<boolean>('askForBranch', true) || plan.current === plan.branch) {
    return 'stay';
  }
  const isThere = await hasBranch(repository, plan.branch);
  const change = isThere ? vscode.l10n.t('Switch Branch') : vscode.l10n.t('Create Branch');
  const stay = vscode.l10n.t('Stay on This Branch');
  const question = vscode.l10n.t('Start {0} on the branch {1}?', plan.issue.id, plan.branch);
  const answer = await vscode.window.showInformationMessage(plain(question), { modal: true, detail: detailOf(repository, plan) }, change, stay);
  return answer === change ? 'switch' : answer === stay ? 'stay' : undefined;
}

function detailOf(repository: Repository, plan: Plan): string {
  const { workingTreeChanges, indexChanges } = repository.state;
  const changed = workingTreeChanges.length + indexChanges.length;
  const now = vscode.l10n.t('You are on {0} now.', plan.current === '' ? vscode.l10n.t('no branch') : plan.current);
  return changed === 0 ? now : `${now} ${vscode.l10n.t('Changes that are not committed come along.')}`;
}

async function switchTo(repository: Repository, branch: string): Promise<void> {
  if (await hasBranch(repository, branch)) {
    await repository.checkout(branch);
  } else {
    await repository.createBranch(branch, true);
  }
}
