// The HTML around a page of the webview's bundle. Nothing here knows VS Code, so that it can be tested.

import type { End, Response } from '../../webview/messages';

export interface PageSource {
  /** The addresses of the bundle, as the webview may load them. */
  readonly script: string;
  readonly style: string;
  /** Where the webview loads files from (`webview.cspSource`). */
  readonly source: string;
  /** Only a script with this word runs; another one each time. */
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
  /** What the page is told at its start; plain values. */
  readonly setup: unknown;
}

/** The HTML of a page: no script but the bundle, no style but its own, no image and no connection at all. */
export function pageHtml(page: PageSource): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.source}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escaped(page.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escaped(page.style)}">
<title>${escaped(page.title)}</title>
</head>
<body>
<div id="root" data-setup="${escaped(JSON.stringify(page.setup))}"></div>
<script nonce="${escaped(page.nonce)}" src="${escaped(page.script)}"></script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

export interface Named {
  /** The URI of a folder of the workspace. */
  readonly workspace: string;
  readonly id: string;
}

/** Which issue is meant by a command's argument or a kept state; undefined for what names none. */
export function namedIn(value: unknown): Named | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const { workspace, id } = value as Record<string, unknown>;
  const isNamed = typeof workspace === 'string' && typeof id === 'string' && id !== '' && id.length <= 1_000;
  return isNamed ? { workspace, id } : undefined;
}

/** Whether a notification `issuelens/didChangeIssues` is about a workspace: any of its issues may have got a link to this one. */
export function concerns(params: unknown, workspace: string): boolean {
  return typeof params === 'object' && params !== null && 'workspace' in params && params.workspace === workspace;
}

/** What the server does to make a link; a parent takes the place of another one. */
export function linkOf({ type, isForward }: End, own: string, other: string): { readonly verb: string; readonly argument: object } {
  const [id, on] = isForward ? [own, other] : [other, own];
  return type === 'parent-child'
    ? { verb: 'updateIssue', argument: { id, parent: on } }
    : { verb: 'addDependency', argument: { id, dependsOn: on, type } };
}

/** Codes of `vscode-jsonrpc` for a request that the end of the connection has cut off, and for one after it. */
const LOST: readonly unknown[] = [-32099, -32097, -32096, 1, 2];

/** Whether a request has no answer since the server has ended. */
export function isLost(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && LOST.includes(error.code);
}

/** An error as a page hears of it: what is shown, and the server's name for it where it has one. */
export function errorOf(id: number, error: unknown): Response {
  const text = error instanceof Error ? error.message : String(error);
  const { kind } = ((error as { readonly data?: unknown } | null)?.data ?? {}) as { readonly kind?: unknown };
  return { kind: 'error', id, text, ...(typeof kind === 'string' ? { reason: kind } : {}) };
}

/** A tab's title: the id, and as much of the issue's title as a tab has room for. */
export function tabTitle(id: string, title: string): string {
  // What turns the direction of writing would turn the names of other tabs, too.
  const words = title.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
  const letters = Array.from(words);
  return `${id} ${letters.length > 40 ? `${letters.slice(0, 39).join('')}…` : words}`.trim();
}
