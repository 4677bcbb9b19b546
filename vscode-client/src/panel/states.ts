// What a view says when it has no rows. Nothing here knows VS Code.

import type { Phase } from '../server';
import type { FolderRow } from './rows';

export interface Situation {
  /** Folders that are open in the window. */
  readonly folders: number;
  readonly isTrusted: boolean;
  readonly phase: Phase;
  /** The workspaces as the server knows them; undefined until it has said so. */
  readonly workspaces: readonly FolderRow[] | undefined;
}

export type State =
  | 'noFolder'
  | 'untrusted'
  | 'noDisk'
  | 'noPython'
  | 'ended'
  | 'starting'
  | 'uninitialised'
  | 'failed'
  | 'notFound'
  | 'empty'
  | 'ready';

/** Why there can be no rows at all; undefined when there can. */
export function obstacle(situation: Situation): State | undefined {
  if (situation.folders === 0) {
    return 'noFolder';
  }
  switch (situation.phase) {
    case 'refused':
      return situation.isTrusted ? 'noDisk' : 'untrusted';
    case 'noPython':
    case 'ended':
      return situation.phase;
    case 'idle':
    case 'starting':
      return 'starting';
    case 'running':
      return situation.workspaces === undefined ? 'starting' : undefined;
  }
}

/** The folders in a view of issues: beside one that has issues, each with what keeps it from having some. */
export function issueFolders(workspaces: readonly FolderRow[]): FolderRow[] {
  const open = workspaces.filter(({ state }) => state === 'open');
  return open.length === 0 ? [] : workspaces.map((row) => (row.state === 'open' ? row : { ...row, isBare: true }));
}

/** What a view of issues says. */
export function issuesState(situation: Situation, total: number | undefined, hasQuery: boolean): State {
  const blocked = obstacle(situation);
  if (blocked !== undefined) {
    return blocked;
  }
  const states = (situation.workspaces ?? []).map(({ state }) => state);
  if (!states.includes('open')) {
    return states.includes('failed') ? 'failed' : 'uninitialised';
  }
  return found(total, hasQuery);
}

/** What a view of TODOs says; there are TODOs without issues, too. */
export function todosState(situation: Situation, total: number | undefined, hasFilter: boolean): State {
  return obstacle(situation) ?? found(total, hasFilter);
}

function found(total: number | undefined, isNarrowed: boolean): State {
  if (total === undefined) {
    return 'starting';
  }
  if (total > 0) {
    return 'ready';
  }
  return isNarrowed ? 'notFound' : 'empty';
}
