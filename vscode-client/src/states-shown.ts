// What is said of the server and the open workspaces. Nothing here knows VS Code.

import type { Phase } from './server';

export interface WorkspaceState {
  readonly name: string;
  readonly state: string;
  readonly problem: string | null;
  /** Of issues.jsonl and the tracker; undefined where the server is older. */
  readonly sync?: SyncState;
}

/** Bringing them together: whether that runs, when it was done last (RFC 3339), the conflicts left, and why it failed. */
export interface SyncState {
  readonly running: boolean;
  readonly at: string | null;
  readonly conflicts: number;
  readonly problem: string | null;
}

export interface ShownState {
  readonly text: string;
  readonly detail: string;
  readonly isBusy: boolean;
  readonly isWrong: boolean;
  /** What the button beside it does. */
  readonly command: 'showLogs' | 'restartServer' | 'initWorkspace' | 'sync';
  readonly title: string;
}

/** What words are made with: the language, and how a moment is written. */
export interface Words {
  readonly t: (text: string, ...words: string[]) => string;
  readonly moment: (at: string) => string;
}

/** The state in a few words, and what to do about it. */
export function statusOf(phase: Phase, workspaces: readonly WorkspaceState[], words: Words): ShownState {
  const { t } = words;
  const calm = { detail: '', isBusy: false, isWrong: false, command: 'showLogs', title: t('Show Logs') } as const;
  switch (phase) {
    case 'idle':
    case 'starting':
      return { ...calm, text: t('Issuelens is starting'), isBusy: true };
    case 'refused':
      return { ...calm, text: t('Issuelens is not started'), detail: t('The folder is not trusted, or on no disk.') };
    case 'noPython':
      return { ...calm, text: t('Issuelens has no Python'), isWrong: true, command: 'restartServer', title: t('Retry') };
    case 'ended':
      return { ...calm, text: t('Issuelens has ended'), isWrong: true, command: 'restartServer', title: t('Restart') };
    case 'running':
      return { ...calm, ...ofWorkspaces(workspaces, words) };
  }
}

function ofWorkspaces(workspaces: readonly WorkspaceState[], words: Words): Partial<ShownState> & { readonly text: string } {
  const { t } = words;
  const failed = workspaces.find(({ state }) => state === 'failed');
  if (failed !== undefined) {
    return { text: t('Issuelens: issues can’t be read'), detail: failed.problem ?? failed.name, isWrong: true };
  }
  const isWaiting = workspaces.some(({ state }) => state === 'opening');
  const open = workspaces.filter(({ state }) => state === 'open');
  if (open.length === 0 && workspaces.length > 0 && !isWaiting) {
    return { text: t('Issuelens: no issues yet'), command: 'initWorkspace', title: t('Initialise') };
  }
  return { text: t('Issuelens'), isBusy: isWaiting, ...(open.length > 0 ? ofOpen(open, words) : {}) };
}

function ofOpen(open: readonly WorkspaceState[], words: Words): Partial<ShownState> & { readonly text: string } {
  const { t } = words;
  const sync = { command: 'sync', title: t('Sync') } as const;
  const states = open.map((one) => ({ name: one.name, sync: one.sync ?? UNKNOWN }));
  if (states.some((one) => one.sync.running)) {
    return { text: t('Issuelens: syncing with issues.jsonl'), isBusy: true, title: t('Show Logs'), command: 'showLogs' };
  }
  const detail = states.map((one) => `${one.name}: ${syncText(one.sync, words)}`).join('; ');
  const isWrong = states.some((one) => one.sync.problem !== null || one.sync.conflicts > 0);
  return { text: t('Issuelens'), detail, isWrong, ...sync };
}

const UNKNOWN: SyncState = { running: false, at: null, conflicts: 0, problem: null };

function syncText({ at, conflicts, problem }: SyncState, { t, moment }: Words): string {
  if (problem !== null) {
    return t('not synced with issues.jsonl: {0}', problem);
  }
  if (at === null) {
    return t('connected');
  }
  const done = t('synced with issues.jsonl at {0}', moment(at));
  return conflicts === 0 ? done : `${done}, ${t('open conflicts: {0}', String(conflicts))}`;
}
