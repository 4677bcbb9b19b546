// What the server says of an issue (the field names of issues.jsonl), and how a list shows it.

import { plain } from './plain';

export interface Issue {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly category?: string;
  readonly priority: number;
  readonly issue_type: string;
  readonly assignee?: string;
}

/** An issue that was looked for, and where it is. */
export interface Found {
  readonly workspace: string;
  /** The name of its folder. */
  readonly name: string;
  readonly issue: Issue;
}

export interface Shown {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

const ICONS: Readonly<Record<string, string>> = {
  in_progress: '$(play-circle)',
  blocked: '$(error)',
  deferred: '$(clock)',
  closed: '$(pass)',
  resolved: '$(pass)',
  archived: '$(archive)',
};

/** How a quick pick shows an issue; `$(` in a title is no icon. */
export function shown(issue: Issue): Shown {
  const facts = [issue.status.replace('_', ' '), `P${issue.priority}`, issue.issue_type];
  if (issue.assignee !== undefined) {
    facts.push(issue.assignee);
  }
  return {
    label: `${ICONS[issue.status] ?? '$(circle-large-outline)'} ${plain(issue.id)}`,
    description: plain(issue.title),
    detail: plain(facts.join(' · ')),
  };
}

/** The same of one that was looked for; its folder is named unless there is only one. */
export function shownFound(found: Found, isOnlyFolder: boolean): Shown {
  const one = shown(found.issue);
  return isOnlyFolder ? one : { ...one, detail: `${one.detail} · ${plain(found.name)}` };
}

export type Verb = 'startIssue' | 'closeIssue' | 'reopenIssue';

/** What can be done with an issue, the likeliest first. */
export function actions(issue: Issue): Verb[] {
  if (issue.category === 'done' || ['closed', 'resolved', 'archived'].includes(issue.status)) {
    return ['reopenIssue'];
  }
  return issue.category === 'doing' || issue.status === 'in_progress' ? ['closeIssue'] : ['startIssue', 'closeIssue'];
}

/** Whether a button of a list has work of its own. */
export function hasWork(button: object): button is { readonly run: () => Promise<void> } {
  return 'run' in button;
}
