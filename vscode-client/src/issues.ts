// What the server says of an issue (the field names of issues.jsonl), and how a list shows it.

import { plain } from './plain';

export interface Issue {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly priority: number;
  readonly issue_type: string;
  readonly assignee?: string;
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

export type Verb = 'startIssue' | 'closeIssue' | 'reopenIssue';

/** What can be done with an issue, the likeliest first. */
export function actions(issue: Issue): { readonly verb: Verb; readonly label: string }[] {
  if (['closed', 'resolved', 'archived'].includes(issue.status)) {
    return [{ verb: 'reopenIssue', label: 'Reopen' }];
  }
  if (issue.status === 'in_progress') {
    return [{ verb: 'closeIssue', label: 'Close' }];
  }
  return [
    { verb: 'startIssue', label: 'Start' },
    { verb: 'closeIssue', label: 'Close' },
  ];
}
