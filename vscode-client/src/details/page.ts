// The HTML around a page of the webview's bundle. Nothing here knows VS Code, so that it can be tested.

import { TEXTS, type TextName, type Texts } from '../../webview/texts';

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

/** The page's texts in the person's language. */
export function translated(translate: (text: string) => string): Texts {
  const found = Object.entries(TEXTS).map(([name, text]) => [name, translate(text)] as const);
  return Object.fromEntries(found) as Record<TextName, string>;
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

/** Whether a notification `issuelens/didChangeIssues` is about one of these issues of a workspace. */
export function concerns(params: unknown, workspace: string, ids: readonly string[]): boolean {
  if (typeof params !== 'object' || params === null) {
    return false;
  }
  const told = params as Record<string, unknown>;
  if (told['workspace'] !== workspace) {
    return false;
  }
  const changed = told['ids'];
  return !Array.isArray(changed) || changed.some((one) => ids.includes(String(one)));
}

/** A tab's title: the id, and as much of the issue's title as a tab has room for. */
export function tabTitle(id: string, title: string): string {
  const words = title.replace(/\s+/g, ' ').trim();
  return `${id} ${words.length > 40 ? `${words.slice(0, 39)}…` : words}`.trim();
}
