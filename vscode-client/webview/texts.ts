// Every text of the pages, in English. A host may give them in another language; `{0}` is filled in by the page.

export const TEXTS = {
  // Parts of the page
  loading: 'Loading the issue…',
  stopped: 'The language server does not run, so nothing can be changed now.',
  restart: 'Restart Server',
  retry: 'Try Again',
  dismiss: 'Dismiss',
  deletedIssue: 'This issue was deleted on {0} by {1}. Nothing can be written into it until it is restored.',
  restore: 'Restore',
  restored: 'The issue is restored.',
  mergedFrom: '{0} was merged into this issue. What you change here is changed in {1}.',
  others: 'Further Fields',
  shownPart: 'The first {0} of {1} characters are shown.',
  showAll: 'Show All of It',
  plainText: 'It is too long to be formatted.',
  fields: 'Fields',
  links: 'Links',
  comments: 'Comments',
  history: 'History',
  references: 'In the Code',
  actions: 'Actions',
  // Fields
  title: 'Title',
  description: 'Description',
  design: 'Design',
  acceptance_criteria: 'Acceptance Criteria',
  notes: 'Notes',
  status: 'Status',
  priority: 'Priority',
  issue_type: 'Type',
  assignee: 'Assignee',
  labels: 'Labels',
  parent: 'Parent',
  due_at: 'Due',
  defer_until: 'Deferred until',
  estimated_minutes: 'Estimate in minutes',
  external_ref: 'External reference',
  dependencies: 'Dependencies',
  metadata: 'Metadata',
  created: 'Created {0} by {1}',
  updated: 'Changed {0}',
  closed: 'Closed {0}',
  somebody: 'somebody',
  // Links
  depends_on: 'Waits for',
  parentLink: 'Part of',
  blocks: 'Holds back',
  children: 'Children',
  blockedVia: 'through {0}',
  blockedBecause: 'Blocked: it waits for {0}',
  blockedByStatus: 'Blocked: its status says so',
  moreIssues: 'and {0} more',
  related: 'Related to',
  'discovered-from': 'Found during',
  duplicates: 'Same as',
  linkKind: 'Kind of link',
  addLink: 'Add Link…',
  linkAdded: 'The link to {0} is added.',
  removeLink: 'Remove the link to {0}',
  linkRemoved: 'The link to {0} is removed.',
  // Actions
  start: 'Start',
  close: 'Close',
  reopen: 'Reopen',
  closeReason: 'Why is it closed? May be left empty.',
  openText: 'Edit as Text',
  copyId: 'Copy Id',
  copied: '{0} is copied.',
  edit: 'Edit {0}',
  add: 'Add {0}',
  save: 'Save',
  cancel: 'Cancel',
  preview: 'Preview',
  emptyPreview: 'There is nothing to show yet.',
  saved: '{0} is saved.',
  markdown: 'Markdown; Ctrl+Enter saves, Escape cancels.',
  markdownAdded: 'Markdown; Ctrl+Enter adds it.',
  addLabel: 'Add a label',
  removeLabel: 'Remove the label {0}',
  // Conflicts
  conflict: '{0} was changed by somebody else meanwhile. Nothing is lost: choose which one counts.',
  mine: 'Yours',
  theirs: 'Theirs',
  keepMine: 'Keep Yours',
  takeTheirs: 'Take Theirs',
  empty: 'empty',
  keptConflicts: 'Changed on Both Sides',
  keptConflictsText: 'A merge has settled this by its rules: the later change stays. The other value is kept until you decide.',
  staysNow: 'it stays now',
  staying: 'What Stays',
  otherValue: 'The Other Value',
  takeOther: 'Take the Other',
  settleField: '{0}: {1}',
  settled: 'The conflict is settled.',
  // Comments
  noComments: 'Nobody has written a comment so far.',
  newComment: 'New comment',
  addComment: 'Add Comment',
  commentAdded: 'The comment is added.',
  edited: 'edited {0}',
  editComment: 'Edit the comment of {0}',
  deleteComment: 'Delete the comment of {0}',
  editShort: 'Edit',
  deleteShort: 'Delete',
  deleteAsk: 'Delete this comment? The history keeps it.',
  keep: 'Keep',
  commentSaved: 'The comment is saved.',
  commentDeleted: 'The comment is deleted.',
  commentGone: 'The comment that you were editing was deleted. This is what you wrote:',
  earlierComments: 'Show {0} earlier comments',
  // History
  undo: 'Undo',
  undoEntry: 'Undo “{0}” of {1}',
  undone: 'It is undone.',
  undoneBy: 'undone',
  undoOf: 'undo of operation {0}',
  withOthers: 'together with {0} other issues',
  showMore: 'Show More',
  added: 'added {0}',
  removed: 'removed {0}',
  from: 'from',
  to: 'to',
  // Code
  noReferences: 'Its id stands nowhere in the code.',
  openPlace: 'Open {0}, line {1}',
  image: 'Image: {0}',
} as const;

export type TextName = keyof typeof TEXTS;
export type Texts = Readonly<Record<TextName, string>>;

/** The texts in another language: `translations` has them by the English ones. */
export function translated(translations: unknown): Texts {
  const known = new Map(typeof translations === 'object' && translations !== null ? Object.entries(translations) : []);
  const found = Object.entries(TEXTS).map(([name, text]) => [name, String(known.get(text) ?? text)]);
  return Object.fromEntries(found) as Record<TextName, string>;
}

/** A text with values in the places of `{0}`, `{1}` … */
export function filled(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (place, digit: string) => String(values[Number(digit)] ?? place));
}

/** A text from elsewhere within one of ours: what it says of the direction of writing ends with it. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}
