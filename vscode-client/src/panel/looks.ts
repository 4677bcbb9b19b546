// How a row looks. Nothing here knows VS Code: icons and colours by name, words by the translating function given.

import { isBare, isRepeated, type Node } from './levels';
import { apart, line, short } from './lines';
import { groupName, priorityName, statusName, type Translate } from './names';
import type { Brief, ConflictRow, ConflictsRow, FolderRow, GroupRow, IssueRow, TodoRow } from './rows';

export interface Look {
  /** What VS Code knows the row by, with whether it is open. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon?: string;
  readonly color?: string;
  /** What menus go by. */
  readonly context: string;
  readonly below: 'none' | 'collapsed' | 'expanded';
  /** Whether its box is ticked; undefined: it has none. */
  readonly isTicked?: boolean;
  /** What a screen reader says. */
  readonly spoken: string;
}

/** So many groups are open at first; of more, each is opened by hand. */
const FEW = 8;

/** How a row looks where it stands. */
export function look(node: Node, t: Translate): Look {
  // A row that can't have anything below it would stay closed when it can: it is another one from then on.
  return { id: isBare(node) ? `${node.id}/` : node.id, ...lookOf(node, t) };
}

type Found = Omit<Look, 'id'>;

function lookOf(node: Node, t: Translate): Found {
  const { row } = node;
  switch (row.kind) {
    case 'folder':
      return folderLook(row, t);
    case 'group':
      return groupLook(row, (node.parent?.children?.length ?? 0) <= FEW, t);
    case 'issue':
      return issueLook(row, isRepeated(node), t);
    case 'todo':
      return todoLook(row, t);
    case 'conflicts':
      return conflictsLook(row, t);
    case 'conflict':
      return conflictLook(row, t);
    case 'more': {
      const label = t('Show more');
      return { label, icon: 'ellipsis', context: 'more', below: 'none', spoken: label };
    }
  }
}

function folderLook(row: FolderRow, t: Translate): Found {
  const name = line(row.name);
  const folder = { label: apart(name), icon: 'root-folder' };
  if (row.isBare !== true) {
    return { ...folder, context: 'folder', below: 'expanded', spoken: name };
  }
  const why = row.state === 'uninitialised' ? t('no issues yet') : row.state === 'failed' ? t('issues can’t be read') : t('opening');
  const tooltip = [apart(name), why, ...(row.problem === null ? [] : [apart(row.problem)])].join('\n');
  return { ...folder, description: why, tooltip, context: `folder.${row.state}`, below: 'none', spoken: `${name}, ${why}` };
}

function groupLook(row: GroupRow, areFew: boolean, t: Translate): Found {
  const name = groupName(row, t);
  const first = areFew && row.category !== 'done' ? 'expanded' : 'collapsed';
  return {
    label: apart(short(name)),
    description: String(row.count),
    tooltip: apart(name),
    ...groupIcon(row),
    context: `group.${row.field}`,
    // Also when nothing is in it: VS Code keeps a row without children closed when it gets some.
    below: first,
    spoken: t('{0}, {1} in it', short(name), row.count),
  };
}

function conflictsLook(row: ConflictsRow, t: Translate): Found {
  const label = row.count === 1 ? t('1 conflict') : t('{0} conflicts', row.count);
  const tooltip = t('Fields that both sides of a merge had changed. Each has one value now, and the other one is kept.');
  return { label, tooltip, icon: 'warning', color: 'list.warningForeground', context: 'conflicts', below: 'collapsed', spoken: label };
}

function conflictLook(row: ConflictRow, t: Translate): Found {
  const field = row.field.replaceAll('_', ' ');
  const [kept, other] = [row.kept, row.other].map((one) => (one === '' ? t('empty') : one)) as [string, string];
  const lines =
    row.mine === null
      ? [t('The issue has: {0}', apart(kept)), t('The other value: {0}', apart(other))]
      : [
          t('Mine: {0}', apart(row.mine === 'kept' ? kept : other)),
          t('Theirs: {0}', apart(row.mine === 'kept' ? other : kept)),
          row.mine === 'kept' ? t('The issue has mine.') : t('The issue has theirs.'),
        ];
  return {
    label: `${apart(short(field))}: ${apart(short(row.title))}`,
    description: `${row.id} · ${apart(short(kept))} ≠ ${apart(short(other))}`,
    tooltip: [`${row.id} · ${apart(row.title)}`, ...lines].join('\n'),
    icon: 'git-merge',
    context: `conflict.${row.mine === null ? 'unknown' : 'known'}`,
    below: 'none',
    spoken: [field, row.title, row.id, kept, other].map(short).join(', '),
  };
}

interface Icon {
  readonly icon?: string;
  readonly color?: string;
}

const FIELD_ICONS: Readonly<Record<string, string>> = {
  assignee: 'person',
  owner: 'person',
  label: 'tag',
  tag: 'comment',
  epic: 'milestone',
  file: 'file-code',
  tracked: 'link',
  age: 'history',
};

function groupIcon(row: GroupRow): Icon {
  if (row.field === 'status') {
    return stateIcon({ status: String(row.value), category: row.category ?? 'todo' }, false);
  }
  if (row.field === 'priority') {
    return { icon: 'flame', ...colored(PRIORITY_COLORS[Number(row.value)]) };
  }
  return tagIcon(row, FIELD_ICONS[row.field] ?? 'list-tree');
}

const PRIORITY_COLORS: readonly (string | undefined)[] = ['charts.red', 'list.warningForeground'];

function colored(color: string | undefined): Icon {
  return color === undefined ? {} : { color };
}

/** The icon of a state, the same wherever an issue is shown. */
export function stateIcon(issue: { readonly status: string; readonly category: string }, isBlocked: boolean): Icon {
  if (issue.category === 'done') {
    return { icon: issue.status === 'archived' ? 'archive' : 'pass', color: 'charts.green' };
  }
  if (isBlocked || issue.status === 'blocked') {
    return { icon: 'circle-slash', color: 'charts.red' };
  }
  if (issue.category === 'doing') {
    return { icon: 'play-circle', color: 'charts.blue' };
  }
  return issue.status === 'deferred' ? { icon: 'clock' } : { icon: 'circle-large-outline' };
}

function issueLook(row: IssueRow, repeated: boolean, t: Translate): Found {
  const { issue } = row;
  const state = stateIcon(issue, row.isBlocked);
  const isPlain = state.icon === 'circle-large-outline';
  const facts = issueFacts(row, t);
  return {
    label: apart(short(issue.title)),
    description: facts.map(apart).join(' · '),
    tooltip: [apart(issue.title), ...issueLines(row, t)].join('\n'),
    ...state,
    ...(isPlain ? colored(PRIORITY_COLORS[issue.priority]) : {}),
    context: `issue.${row.isBlocked ? 'blocked.' : ''}${issue.category}`,
    below: row.children + row.waits > 0 && !repeated ? 'collapsed' : 'none',
    isTicked: issue.category === 'done',
    spoken: [issue.title, statusName(issue.status, t), ...facts].map(short).join(', '),
  };
}

function issueFacts(row: IssueRow, t: Translate): string[] {
  const { issue } = row;
  const facts = [issue.id, `P${issue.priority}`];
  if (row.relation === 'blocker') {
    facts.unshift(t('is waited for'));
  }
  if (issue.assignee !== undefined) {
    facts.push(short(issue.assignee));
  }
  if (row.children > 0) {
    facts.push(t('{0} of {1} done', row.finished, row.children));
  }
  if (row.isOverdue) {
    facts.push(t('overdue'));
  }
  return facts;
}

function issueLines(row: IssueRow, t: Translate): string[] {
  const { issue } = row;
  const state = row.isBlocked && issue.status !== 'blocked' ? t('blocked') : row.isReady ? t('ready') : '';
  return [
    [issue.id, issue.issue_type, statusName(issue.status, t), state].filter((one) => one !== '').map(apart).join(' · '),
    priorityName(issue.priority, t),
    ...(issue.assignee === undefined ? [] : [t('Assigned to {0}', apart(issue.assignee))]),
    ...(row.waits > 0 ? [t('Unfinished issues that it waits for: {0}', row.waits)] : []),
  ];
}

function todoLook(row: TodoRow, t: Translate): Found {
  const text = row.text === '' ? row.tag : row.text;
  const place = `${row.path}:${row.line}`;
  const facts = [row.tag, ...todoFacts(row), place];
  const isFinished = row.issue?.category === 'done';
  return {
    label: apart(short(text)),
    description: facts.map((one) => apart(short(one))).join(' · '),
    tooltip: [...[row.text, ...facts].map(apart), ...(row.issue === null ? [] : [briefLine(row.issue, t)])].join('\n'),
    ...todoIcon(row),
    context: row.id === null || row.issue === null ? 'todo.untracked' : `todo.tracked${isFinished ? '.finished' : ''}`,
    below: 'none',
    spoken: [row.tag, text, place].map(short).join(', '),
  };
}

function todoFacts(row: TodoRow): string[] {
  const facts = [row.id ?? row.external, row.owner, row.priority === null ? null : `P${row.priority}`, row.due];
  return facts.filter((one) => one !== null);
}

function todoIcon(row: TodoRow): Icon {
  if (row.issue !== null) {
    return stateIcon(row.issue, false);
  }
  return tagIcon(row, 'comment');
}

/** The icon that a tag has; of colours, only those of the theme can be taken here. */
function tagIcon(row: { readonly icon?: string | null; readonly color?: string | null }, otherwise: string): Icon {
  const isOfTheme = row.color?.includes('.') === true;
  return { icon: row.icon ?? otherwise, ...(isOfTheme ? colored(row.color ?? undefined) : {}) };
}

function briefLine(issue: Brief, t: Translate): string {
  return [issue.id, statusName(issue.status, t), issue.title].map(apart).join(' · ');
}
