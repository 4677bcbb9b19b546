// What groups, states and priorities are called. Nothing here knows VS Code.

import type { GroupRow } from './rows';

/** Translates a text, with `{0}` … for what is put in. */
export type Translate = (text: string, ...words: (string | number)[]) => string;

/** What a group is called. */
export function groupName(row: GroupRow, t: Translate): string {
  if (row.issue !== undefined) {
    return row.issue.title;
  }
  if (row.value === null) {
    return nothingName(row.field, t);
  }
  if (row.field === 'priority') {
    return priorityName(Number(row.value), t);
  }
  const value = String(row.value);
  return row.field === 'status' ? statusName(value, t) : (KNOWN[value]?.(t) ?? value);
}

function nothingName(field: string, t: Translate): string {
  switch (field) {
    case 'assignee':
      return t('Nobody');
    case 'label':
      return t('No label');
    case 'epic':
      return t('In no epic');
    case 'file':
      return t('In no file');
    case 'owner':
      return t('No owner');
    default:
      return t('Not known yet');
  }
}

/** Names of groups that the server makes itself. */
const KNOWN: Readonly<Record<string, ((t: Translate) => string) | undefined>> = {
  'untracked': (t) => t('Without an issue'),
  'tracked': (t) => t('With an issue'),
  'finished': (t) => t('Its issue is finished'),
  'unknown': (t) => t('Its issue is not known'),
  'today': (t) => t('Today'),
  'week': (t) => t('In the last 7 days'),
  'month': (t) => t('In the last 30 days'),
  'year': (t) => t('In the last year'),
  'older': (t) => t('Older than a year'),
  'uncommitted': (t) => t('Not committed yet'),
};

/** A status as it is read. */
export function statusName(status: string, t: Translate): string {
  switch (status) {
    case 'open':
      return t('Open');
    case 'in_progress':
      return t('In progress');
    case 'blocked':
      return t('Blocked');
    case 'deferred':
      return t('Deferred');
    case 'resolved':
      return t('Resolved');
    case 'closed':
      return t('Closed');
    case 'archived':
      return t('Archived');
    default:
      return status.replaceAll('_', ' ');
  }
}

/** A priority as it is read. */
export function priorityName(priority: number, t: Translate): string {
  const names = [t('P0, critical'), t('P1, high'), t('P2, medium'), t('P3, low'), t('P4, someday')];
  return names[priority] ?? `P${priority}`;
}
