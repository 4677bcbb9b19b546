// Colours and signs on TODOs and ids, as the server tells them. Each kind can be turned off.

import * as vscode from 'vscode';
import type { ShownMarks } from './marks';
import { byKind, type Drawn, type Kind } from './places';
import { rangeOf } from './ranges';

const SECTION = 'issuelens.decorations';
/** Kinds at a time: one for each colour that config.toml gives a tag. */
const LIMIT = 40;

/** Draws on the editors that are shown; owns what it draws with. */
export class Decorations implements vscode.Disposable {
  private readonly types = new Map<Kind, vscode.TextEditorDecorationType>();
  private readonly owned: vscode.Disposable[];
  private drawn = settings();

  constructor(
    private readonly marks: ShownMarks,
    private readonly icon: vscode.Uri,
  ) {
    this.owned = [
      marks.onDidChange((uri) => {
        this.draw(vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === uri.toString()));
      }),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        this.draw(editors);
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SECTION)) {
          this.begin();
        }
      }),
    ];
    this.draw(vscode.window.visibleTextEditors);
  }

  dispose(): void {
    vscode.Disposable.from(...this.owned, ...this.types.values()).dispose();
  }

  private begin(): void {
    this.drawn = settings();
    vscode.Disposable.from(...this.types.values()).dispose();
    this.types.clear();
    this.draw(vscode.window.visibleTextEditors);
  }

  private draw(editors: readonly vscode.TextEditor[]): void {
    for (const editor of editors) {
      const marks = this.marks.of(editor.document);
      const found = marks === undefined ? new Map<Kind, never[]>() : byKind(marks, this.drawn);
      for (const kind of [...found.keys()].filter((one) => !this.types.has(one)).slice(0, LIMIT - this.types.size)) {
        this.types.set(kind, this.made(kind));
      }
      for (const [kind, type] of this.types) {
        editor.setDecorations(type, (found.get(kind) ?? []).map(rangeOf));
      }
    }
  }

  private made(kind: Kind): vscode.TextEditorDecorationType {
    const rangeBehavior = vscode.DecorationRangeBehavior.ClosedClosed;
    if (kind === 'line') {
      return vscode.window.createTextEditorDecorationType({ gutterIconPath: this.icon, gutterIconSize: '70%', rangeBehavior });
    }
    const isTag = kind.startsWith('tag ');
    const color = isTag ? tagColor(kind.slice('tag '.length)) : new vscode.ThemeColor(`issuelens.id.${kind}`);
    return vscode.window.createTextEditorDecorationType({
      ...(isTag ? (this.drawn.tags ? { color, fontWeight: 'bold' } : {}) : { color }),
      ...(kind === 'done' ? { textDecoration: 'line-through' } : {}),
      ...(this.drawn.overviewRuler && isTag ? { overviewRulerColor: color, overviewRulerLane: vscode.OverviewRulerLane.Center } : {}),
      rangeBehavior,
    });
  }
}

function settings(): Drawn {
  const section = vscode.workspace.getConfiguration(SECTION);
  const is = (name: keyof Drawn): boolean => section.get<boolean>(name, true);
  return { gutter: is('gutter'), overviewRuler: is('overviewRuler'), tags: is('tags'), ids: is('ids') };
}

function tagColor(color: string): vscode.ThemeColor | string {
  if (color.startsWith('#')) {
    return color;
  }
  return new vscode.ThemeColor(color === '' ? 'issuelens.tag' : color);
}
