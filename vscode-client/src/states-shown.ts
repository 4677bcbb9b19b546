// What is said of the server and the open workspaces. Nothing here knows VS Code.

import type { Phase } from './server';

export interface WorkspaceState {
  readonly name: string;
  readonly state: string;
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

type Translate = (text: string, ...words: string[]) => string;

/** The state in a few words, and what to do about it. */
export function statusOf(phase: Phase, workspaces: readonly WorkspaceState[], t: Translate): ShownState {
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
      return { ...calm, ...ofWorkspaces(workspaces, t) };
  }
}

function ofWorkspaces(workspaces: readonly WorkspaceState[], t: Translate): Partial<ShownState> & { readonly text: string } {
  const failed = workspaces.find(({ state }) => state === 'failed');
  if (failed !== undefined) {
    return { text: t('Issuelens: issues can’t be read'), detail: failed.problem ?? failed.name, isWrong: true };
  }
  const isWaiting = workspaces.some(({ state }) => state === 'opening');
  const open = workspaces.filter(({ state }) => state === 'open');
  if (open.length === 0 && workspaces.length > 0 && !isWaiting) {
    return { text: t('Issuelens: no issues yet'), command: 'initWorkspace', title: t('Initialise') };
  }
  const names = open.map(({ name }) => name).join(', ');
  const sync = open.length > 0 ? ({ command: 'sync', title: t('Sync') } as const) : {};
  return { text: t('Issuelens'), detail: names === '' ? '' : t('Connected: {0}', names), isBusy: isWaiting, ...sync };
}
