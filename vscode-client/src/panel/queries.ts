// Which queries are offered. Nothing here knows VS Code.

/** Queries that are asked for most; the server reads them. */
export const COMMON = [
  'is:ready',
  'assignee:me',
  'is:blocked',
  'is:overdue',
  'type:epic',
  'has:todo',
  'updated:<7d',
  'is:any',
] as const;

export interface QueryChoice {
  readonly kind: 'typed' | 'saved' | 'common';
  readonly query: string;
}

/** What is offered for what was typed: that itself, then what contains it, saved ones first. */
export function queryChoices(typed: string, saved: readonly string[]): QueryChoice[] {
  const query = typed.trim();
  const fits = (one: string): boolean => one !== query && one.includes(query);
  return [
    { kind: 'typed', query },
    ...saved.filter(fits).map((one): QueryChoice => ({ kind: 'saved', query: one })),
    ...COMMON.filter((one) => fits(one) && !saved.includes(one)).map((one): QueryChoice => ({ kind: 'common', query: one })),
  ];
}
