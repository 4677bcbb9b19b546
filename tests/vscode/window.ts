// A window of VS Code, used as a person uses it: by mouse, keys and palette, and by what is on the screen.

import type { FrameLocator, Locator, Page } from 'playwright-core';
import { DEADLINE_MS, seen } from './waiting';

const LOAD_MS = 60_000;
const EDITOR = '.editor-group-container.active .editor-instance';

/** What is read of elements of the page. */
interface Line {
  readonly style: { readonly top: string };
  readonly textContent: string;
}
interface Row {
  getAttribute(name: string): string | null;
}

/** Owns a page of the browser. */
export class Window {
  private readonly console: string[] = [];

  constructor(readonly page: Page) {
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.console.push(`pageerror: ${error.stack ?? error.message}`));
  }

  /** Opens an address, and answers when it is asked whether the folder is trusted. */
  async load(address: string, isTrusted: boolean): Promise<void> {
    await this.page.goto(address, { timeout: LOAD_MS });
    await this.page.locator('.monaco-workbench .part.editor').waitFor({ timeout: LOAD_MS });
    await this.answer(isTrusted ? 'Yes, I trust the authors' : "No, I don't trust the authors");
  }

  /** Presses a button of the dialog that is shown. */
  async answer(button: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box .monaco-button', { hasText: button }).click();
    await this.page.locator('.monaco-dialog-box').waitFor({ state: 'hidden' });
  }

  /** What the dialog that is shown says. */
  async dialog(): Promise<string> {
    return clean(await this.page.locator('.monaco-dialog-box').innerText());
  }

  /** Closes the window. */
  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** What the page wrote to its console. */
  written(): string {
    return this.console.join('\n');
  }

  /** Runs a command of the palette by its title. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.asked(`>${title}`);
    await this.choose(title);
  }

  /** Types into the field that the palette or an extension shows. */
  async asked(text: string): Promise<void> {
    await this.field().fill(text);
  }

  /** Types into that field and is done with it. */
  async answered(text: string): Promise<void> {
    await this.asked(text);
    await this.page.keyboard.press('Enter');
  }

  /** Chooses a row of the list that is shown. */
  async choose(text: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }

  /** Opens a file of the folder. */
  async open(file: string): Promise<void> {
    await this.page.keyboard.press('Control+p');
    await this.asked(file);
    await this.page.locator('.quick-input-list .monaco-list-row .label-name', { hasText: file }).first().click();
    await this.isOpen(file);
  }

  /** Waits for a file to be the one that is edited. */
  async isOpen(name: string): Promise<void> {
    await this.page.locator('.editor-group-container.active .tab.active', { hasText: name }).waitFor();
    await this.page.locator(`${EDITOR} .view-line`).first().waitFor();
  }

  /** Puts the cursor somewhere, 1-based. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.page.keyboard.press('Control+g');
    await this.answered(`:${line}:${column}`);
    await this.field().waitFor({ state: 'hidden' });
  }

  /** Presses keys, one after the other. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  /** Types a text at the cursor. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Saves what is edited, and waits until it is saved. */
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.locator('.editor-group-container.active .tab.active:not(.dirty)').waitFor();
  }

  /** The text on the screen, when it matches. */
  async text(pattern: RegExp): Promise<RegExpExecArray> {
    return seen(`${String(pattern)} in the text`, async () => pattern.exec((await this.lines()).join('\n')));
  }

  /** The lines on the screen, from above. */
  async lines(): Promise<string[]> {
    // All at once: lines come and go while they are read.
    const placed = await this.page
      .locator(`${EDITOR} .view-line`)
      .evaluateAll((lines: Line[]) => lines.map((line) => ({ top: parseFloat(line.style.top), text: line.textContent })));
    return placed.sort((one, other) => one.top - other.top).map(({ text }) => clean(text));
  }

  /** The code lens with this text. */
  lens(text: string | RegExp): Locator {
    return this.page.locator(`${EDITOR} .codelens-decoration`, { hasText: text }).first();
  }

  /** Clicks a part of a code lens. */
  async clickLens(text: string): Promise<void> {
    await this.page.locator(`${EDITOR} .codelens-decoration a`, { hasText: text }).first().click();
  }

  /** Rests the pointer on a word that has a colour of its own; what is shown then. */
  async hover(word: string): Promise<string> {
    await this.page.locator(`${EDITOR} .view-line span`, { hasText: new RegExp(`^${word}$`) }).last().hover();
    return clean(await this.hoverShown().innerText());
  }

  /** What a hover shows. */
  hoverShown(): Locator {
    return this.page.locator('.monaco-hover:not(.hidden) .monaco-hover-content').first();
  }

  /** Clicks a line with this text. */
  async click(text: string): Promise<void> {
    const line = this.page.locator(`${EDITOR} .view-line`, { hasText: text.replaceAll(' ', '\u00a0') }).first();
    await line.click({ position: { x: 8, y: 8 } });
  }

  /** Gives another name in the field that is shown beside the word. */
  async rename(name: string): Promise<void> {
    await this.page.locator('.rename-box input').fill(name);
    await this.page.keyboard.press('Enter');
  }

  /** A tree by the beginning of its name. */
  tree(name: string): Locator {
    return this.page.locator(`.monaco-list[aria-label^="${name}"]`);
  }

  /** Opens the panel in the activity bar; clicks beside its number. */
  async openPanel(): Promise<void> {
    await this.page.locator('.activitybar .action-label[aria-label^="Issuelens"]').click({ position: { x: 4, y: 4 } });
  }

  /** A row of a tree by a text in it. */
  row(tree: string, text: string): Locator {
    return this.tree(tree).locator('.monaco-list-row', { hasText: text }).first();
  }

  /** Waits for a number at the icon of the panel. */
  async badge(number: number): Promise<void> {
    const item = this.page.locator('.activitybar .action-item', { has: this.page.locator('[aria-label^="Issuelens"]') });
    await item.locator('.badge-content', { hasText: new RegExp(`^${number}$`) }).waitFor();
  }

  /** Presses a button of a view in the side bar. */
  async inSidebar(button: string): Promise<void> {
    await this.page.locator('.sidebar .monaco-button', { hasText: button }).first().click();
  }

  /** The page of an issue in the tab that is shown. */
  async details(): Promise<FrameLocator> {
    const page = this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await page.locator('h1').waitFor();
    return page;
  }

  /** Waits for a text in the output that is shown. */
  async output(text: string): Promise<void> {
    await this.page.locator('.output-view .view-line', { hasText: text.replaceAll(' ', '\u00a0') }).first().waitFor();
  }

  /** Asks for completion at the cursor; the labels of the list. */
  async completions(): Promise<string[]> {
    await this.page.keyboard.press('Control+Space');
    const rows = this.page.locator('.suggest-widget.visible .monaco-list-row');
    await rows.first().waitFor();
    return rows.evaluateAll((found: Row[]) => found.map((row) => row.getAttribute('aria-label') ?? ''));
  }

  /** Chooses one of the code actions at the cursor. */
  async act(title: string): Promise<void> {
    await this.page.keyboard.press('Control+.');
    await this.page.locator('.action-widget .monaco-list-row.action', { hasText: title }).first().click();
  }

  /** Waits for a finding in the panel that lists them; its row. */
  async problem(text: string): Promise<Locator> {
    await this.command('Problems: Focus on Problems View');
    const row = this.page.locator('.markers-panel .monaco-list-row', { hasText: text }).first();
    await row.waitFor();
    return row;
  }

  /** A message with this text. */
  message(text: string): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text }).first();
  }

  /** What a message says. */
  async said(text: string): Promise<string> {
    return clean(await this.message(text).innerText());
  }

  /** Presses a button of a message. */
  async onMessage(text: string, button: string): Promise<void> {
    await this.message(text).locator('.monaco-button', { hasText: button }).click();
  }

  private field(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-box input').first();
  }
}

/** A text as it was written: VS Code puts other spaces and joiners on the screen. */
export function clean(text: string): string {
  return text.replaceAll('\u00a0', ' ').replaceAll(/[\u200b-\u200f\u2060\ufeff]/g, '');
}
