// Asks for a query: typed, saved, or one of those that are asked for most.

import * as vscode from 'vscode';
import { queryChoices, type QueryChoice } from './queries';

export interface QueryBoxOptions {
  readonly current: string;
  readonly saved: readonly string[];
  /** How many issues a query finds; rejects with what is wrong with it. */
  readonly count: (query: string) => Promise<number>;
  readonly save: (queries: readonly string[]) => void;
}

type Item = vscode.QuickPickItem & { readonly choice: QueryChoice };

const SAVE = { iconPath: new vscode.ThemeIcon('save'), tooltip: vscode.l10n.t('Save This Query') };
const FORGET = { iconPath: new vscode.ThemeIcon('trash'), tooltip: vscode.l10n.t('Forget This Query') };

/** The query that the person wants; undefined when they leave it as it is. */
export async function askForQuery(options: QueryBoxOptions): Promise<string | undefined> {
  const box = new QueryBox(options);
  try {
    return await box.answer();
  } finally {
    box.dispose();
  }
}

class QueryBox implements vscode.Disposable {
  private readonly pick = vscode.window.createQuickPick<Item>();
  private saved: readonly string[];
  private told = '';

  constructor(private readonly options: QueryBoxOptions) {
    this.saved = options.saved;
    this.pick.title = vscode.l10n.t('Which issues are shown?');
    this.pick.placeholder = vscode.l10n.t('For instance: is:ready assignee:me label:ui; words are looked for in texts');
    this.pick.value = options.current;
  }

  dispose(): void {
    this.pick.dispose();
  }

  answer(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.pick.onDidChangeValue(() => {
        this.changed();
      });
      this.pick.onDidTriggerItemButton(({ item, button }) => {
        this.pressed(item.choice.query, button === SAVE);
      });
      this.pick.onDidAccept(() => {
        const choice = this.pick.activeItems[0]?.choice;
        // Who types fast is ahead of what is offered.
        resolve(choice?.kind === 'typed' ? this.pick.value.trim() : choice?.query);
        this.pick.hide();
      });
      this.pick.onDidHide(() => {
        resolve(undefined);
      });
      this.changed();
      this.pick.show();
    });
  }

  private pressed(query: string, isToBeSaved: boolean): void {
    const others = this.saved.filter((one) => one !== query);
    this.saved = isToBeSaved ? [...others, query] : others;
    this.options.save(this.saved);
    this.show();
  }

  private changed(): void {
    const { value } = this.pick;
    this.told = '';
    this.show();
    void this.count(value);
  }

  private async count(value: string): Promise<void> {
    let told: string;
    try {
      told = vscode.l10n.t('Issues that it finds: {0}', await this.options.count(value));
    } catch (error) {
      told = error instanceof Error ? error.message : String(error);
    }
    // Only of what is typed by now.
    if (value === this.pick.value) {
      this.told = told;
      this.show();
    }
  }

  private show(): void {
    const choices = queryChoices(this.pick.value, this.saved);
    this.pick.items = choices.map((choice) => ({ ...this.item(choice), choice }));
  }

  private item(choice: QueryChoice): vscode.QuickPickItem {
    if (choice.kind === 'typed') {
      const label = choice.query === '' ? vscode.l10n.t('All unfinished issues') : choice.query;
      const buttons = choice.query === '' || this.saved.includes(choice.query) ? [] : [SAVE];
      return { label, detail: this.told === '' ? ' ' : this.told, alwaysShow: true, buttons };
    }
    if (choice.kind === 'saved') {
      return { label: choice.query, iconPath: new vscode.ThemeIcon('bookmark'), alwaysShow: true, buttons: [FORGET] };
    }
    return { label: choice.query, description: DESCRIPTIONS[choice.query]?.() ?? '', alwaysShow: true };
  }
}

const DESCRIPTIONS: Readonly<Record<string, (() => string) | undefined>> = {
  'is:ready': () => vscode.l10n.t('can be worked on now'),
  'assignee:me': () => vscode.l10n.t('assigned to me'),
  'is:blocked': () => vscode.l10n.t('waits for something'),
  'is:overdue': () => vscode.l10n.t('the due date has passed'),
  'type:epic': () => vscode.l10n.t('epics'),
  'has:todo': () => vscode.l10n.t('named by a TODO in the code'),
  'updated:<7d': () => vscode.l10n.t('changed within seven days'),
  'is:any': () => vscode.l10n.t('finished ones, too'),
};
