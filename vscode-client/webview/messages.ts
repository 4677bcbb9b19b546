// What a page and who hosts it say to each other. What does not have one of these forms is dropped, on both sides.

import type { FieldName, FieldValue, Settled } from './shapes';

/** What a page of one issue may ask; each has an answer or an error. */
export type Ask =
  | { readonly method: 'details' | 'references' | 'start' | 'restore' | 'openText' | 'copyId' | 'restart' }
  | { readonly method: 'history'; readonly limit: number }
  | {
      readonly method: 'edit';
      readonly updatedAt: string;
      readonly fields: Readonly<Partial<Record<FieldName, FieldValue>>>;
      readonly settled?: Settled;
    }
  | { readonly method: 'comment'; readonly text: string }
  | { readonly method: 'editComment'; readonly comment: number; readonly text: string; readonly seen: string }
  | { readonly method: 'deleteComment'; readonly comment: number }
  | ({ readonly method: 'link' } & End)
  | ({ readonly method: 'unlink'; readonly id: string } & End)
  | { readonly method: 'undo'; readonly revision: number }
  | { readonly method: 'settle'; readonly number: number; readonly take: (typeof TAKES)[number] }
  | { readonly method: 'close' | 'reopen'; readonly reason: string }
  | { readonly method: 'openIssue'; readonly id: string }
  | { readonly method: 'openPlace'; readonly uri: string; readonly line: number; readonly column: number };

/** What settles a conflict: the value of a side, the one that does not stay, or leaving the issue as it is. */
const TAKES = ['mine', 'theirs', 'other', 'dismiss'] as const;

/** One end of a dependency: its type, and whether the page's issue is the one that depends on the other. */
export interface End {
  readonly type: string;
  readonly isForward: boolean;
}

export interface Request {
  readonly kind: 'request';
  readonly id: number;
  readonly ask: Ask;
}

export type Response =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  // The reason is the server's name for the error, where it has one.
  | { readonly kind: 'error'; readonly id: number; readonly text: string; readonly reason?: string };

/** What a host tells by itself: the issue may have changed, or the server has come or gone. */
export type Told = { readonly kind: 'changed' } | { readonly kind: 'server'; readonly isRunning: boolean };

/** Characters of a text that a page may send. */
export const TEXT_LIMIT = 1_000_000;
const FIELDS: Readonly<Record<FieldName, 'text' | 'number' | 'estimate' | 'labels'>> = {
  title: 'text',
  description: 'text',
  design: 'text',
  acceptance_criteria: 'text',
  notes: 'text',
  status: 'text',
  priority: 'number',
  issue_type: 'text',
  assignee: 'text',
  labels: 'labels',
  parent: 'text',
  due_at: 'text',
  defer_until: 'text',
  estimated_minutes: 'estimate',
  external_ref: 'text',
};

/** A message of a page as a request; undefined for what is none. */
export function requestOf(message: unknown): Request | undefined {
  if (!isObject(message) || message['kind'] !== 'request' || !isCount(message['id'])) {
    return undefined;
  }
  const ask = askOf(message['ask']);
  return ask === undefined ? undefined : { kind: 'request', id: message['id'], ask };
}

function askOf(value: unknown): Ask | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  switch (value['method']) {
    case 'details':
    case 'references':
    case 'start':
    case 'restore':
    case 'openText':
    case 'copyId':
    case 'restart':
      return { method: value['method'] };
    case 'history':
      return isCount(value['limit']) ? { method: 'history', limit: value['limit'] } : undefined;
    case 'comment':
      return isText(value['text']) ? { method: 'comment', text: value['text'] } : undefined;
    case 'editComment':
    case 'deleteComment':
      return commentOf(value);
    case 'link':
    case 'unlink':
      return linkOf(value);
    case 'undo':
      return isCount(value['revision']) ? { method: 'undo', revision: value['revision'] } : undefined;
    case 'settle':
      return settleOf(value);
    case 'close':
    case 'reopen':
      return isText(value['reason']) ? { method: value['method'], reason: value['reason'] } : undefined;
    case 'openIssue':
      return isText(value['id'], 200) ? { method: 'openIssue', id: value['id'] } : undefined;
    case 'openPlace':
      return placeOf(value);
    case 'edit':
      return editOf(value);
    default:
      return undefined;
  }
}

function settleOf({ number, take }: Record<string, unknown>): Ask | undefined {
  const found = TAKES.find((one) => one === take);
  return isCount(number) && found !== undefined ? { method: 'settle', number, take: found } : undefined;
}

function commentOf(value: Record<string, unknown>): Ask | undefined {
  const { method, comment, text, seen } = value;
  if (!isCount(comment)) {
    return undefined;
  }
  if (method === 'deleteComment') {
    return { method, comment };
  }
  return isText(text) && isText(seen) ? { method: 'editComment', comment, text, seen } : undefined;
}

function linkOf(value: Record<string, unknown>): Ask | undefined {
  const { method, type, isForward, id } = value;
  if (!isText(type, 200) || typeof isForward !== 'boolean') {
    return undefined;
  }
  if (method === 'link') {
    return { method, type, isForward };
  }
  return isText(id, 1_000) ? { method: 'unlink', type, isForward, id } : undefined;
}

function placeOf(value: Record<string, unknown>): Ask | undefined {
  const { uri, line, column } = value;
  return isText(uri) && isCount(line) && isCount(column) ? { method: 'openPlace', uri, line, column } : undefined;
}

function editOf(value: Record<string, unknown>): Ask | undefined {
  const { updatedAt, fields, settled } = value;
  if (!isText(updatedAt, 100) || !isObject(fields) || !Object.entries(fields).every(isField)) {
    return undefined;
  }
  const edit = { method: 'edit' as const, updatedAt, fields };
  if (settled === undefined) {
    return edit;
  }
  return isSettled(settled) ? { ...edit, settled } : undefined;
}

function isField([name, value]: [string, unknown]): boolean {
  switch (Object.hasOwn(FIELDS, name) ? FIELDS[name as FieldName] : undefined) {
    case 'text':
      return isText(value);
    case 'number':
      return isCount(value);
    case 'estimate':
      return value === '' || isCount(value);
    case 'labels':
      return Array.isArray(value) && value.length <= 1_000 && value.every((one) => isText(one, 1_000));
    default:
      return false;
  }
}

function isSettled(value: unknown): value is Settled {
  return isObject(value) && (value['keep'] === 'mine' || value['keep'] === 'theirs') && isText(value['seen'], 100);
}

/** A message of a host as what it tells; undefined for what is none of that. */
export function responseOf(message: unknown): Response | Told | undefined {
  if (!isObject(message)) {
    return undefined;
  }
  switch (message['kind']) {
    case 'answer':
      return isCount(message['id']) ? { kind: 'answer', id: message['id'], result: message['result'] } : undefined;
    case 'error':
      return errorIn(message);
    case 'changed':
      return { kind: 'changed' };
    case 'server':
      return { kind: 'server', isRunning: message['isRunning'] === true };
    default:
      return undefined;
  }
}

function errorIn({ id, text, reason }: Record<string, unknown>): Response | undefined {
  if (!isCount(id) || !isText(text)) {
    return undefined;
  }
  return { kind: 'error', id, text, ...(isText(reason, 100) ? { reason } : {}) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, limit = TEXT_LIMIT): value is string {
  return typeof value === 'string' && value.length <= limit;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
