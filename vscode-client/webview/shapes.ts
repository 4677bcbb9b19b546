// What the language server says of an issue (docs/protocol.md), as the pages show it. Nothing here knows VS Code or a page.

export interface Brief {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly category: string;
  readonly priority: number;
  readonly issue_type: string;
  readonly assignee?: string;
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly text: string;
  readonly created_at: string;
  readonly updated_at?: string;
}

export interface Issue {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly updated_at: string;
  readonly created_at: string;
  readonly created_by?: string;
  readonly closed_at?: string;
  readonly close_reason?: string;
  readonly deleted_at?: string;
  readonly deleted_by?: string;
  readonly delete_reason?: string;
  readonly comments: readonly Comment[];
}

export type FieldValue = string | number | readonly string[];

/** What a form edits, in the form in which it is written. */
export interface Fields {
  readonly title: string;
  readonly description: string;
  readonly design: string;
  readonly acceptance_criteria: string;
  readonly notes: string;
  readonly status: string;
  readonly priority: number;
  readonly issue_type: string;
  readonly assignee: string;
  readonly labels: readonly string[];
  readonly parent: string;
  readonly due_at: string;
  readonly defer_until: string;
  readonly estimated_minutes: number | '';
  readonly external_ref: string;
}

export type FieldName = keyof Fields;

export interface LinkGroup {
  readonly kind: string;
  readonly type: string;
  /** Whether the issue itself is the one that depends on these. */
  readonly forward: boolean;
  readonly issues: readonly Brief[];
  readonly more: number;
}

export interface Details {
  readonly issue: Issue;
  readonly category: string;
  readonly fields: Fields;
  /** Metadata and fields of other tools. */
  readonly others: readonly { readonly name: string; readonly value: string }[];
  /** The id by which it was asked for, when that was merged into it. */
  readonly mergedFrom: string | null;
  readonly links: readonly LinkGroup[];
  readonly blocked: readonly (Partial<Brief> & { readonly via?: string })[];
  readonly statuses: readonly { readonly name: string; readonly category: string }[];
  /** `word` is how the issue is named in a text. */
  readonly mentioned: readonly (Brief & { readonly word: string })[];
  readonly choices: {
    readonly priorities: readonly number[];
    readonly types: readonly string[];
    readonly people: readonly string[];
    readonly labels: readonly string[];
    readonly linkTypes: readonly string[];
  };
  readonly workspace: string;
  readonly name: string;
  readonly uri: string;
  readonly revision: number;
  /** Those that are open; undefined where the server is older. */
  readonly conflicts?: readonly KeptConflict[];
}

/** A field that both sides of a merge had changed, with the value that stays and the other one. */
export interface KeptConflict {
  readonly number: number;
  readonly id: string;
  readonly field: string;
  readonly kept: string;
  readonly other: string;
  /** Which of them was this machine's; null: that is not known. */
  readonly mine: 'kept' | 'other' | null;
}

export interface Change {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

export interface Entry {
  readonly revision: number;
  readonly operation: string;
  readonly actor: string;
  readonly client: string;
  readonly at: string;
  readonly undoes: number | null;
  readonly undoneBy: number | null;
  readonly issues: number;
  readonly changes: readonly Change[];
}

export interface History {
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

export interface Place {
  readonly path: string;
  readonly uri: string;
  readonly line: number;
  readonly column: number;
  readonly tag: string | null;
  readonly text: string;
}

export interface References {
  readonly places: readonly Place[];
  readonly more: number;
}

export interface Conflict {
  readonly field: string;
  readonly mine: FieldValue | null;
  readonly theirs: FieldValue | null;
}

export interface Edited {
  readonly issue: Issue;
  readonly conflicts: readonly Conflict[];
}

/** What a page may say of a conflict: which side counts, and of which state of the issue the person has seen. */
export interface Settled {
  readonly keep: 'mine' | 'theirs';
  readonly seen: string;
}
