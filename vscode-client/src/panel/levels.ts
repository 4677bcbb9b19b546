// The levels of a tree that were shown so far, brought up to date by one request. Nothing here knows VS Code.

import type { Answer, FolderRow, Level, Row } from './rows';

export const PAGE = 200;

/** A row where it stands. The id is unique in the tree and stays the same for as long as the row is there. */
export interface Node {
  readonly id: string;
  readonly parent: Node | undefined;
  /** The workspace that it belongs to. */
  readonly folder: Node | undefined;
  row: Row;
  /** What is below it; undefined until it was shown. */
  children: Node[] | undefined;
  limit: number;
}

export interface AskedLevel {
  readonly of: string | null;
  readonly limit: number;
}

/** Where rows come from. */
export interface Source {
  /** The rows of levels of one workspace, in the order asked for. */
  levels(workspace: string, levels: readonly AskedLevel[]): Promise<Answer>;
}

/** What has changed: rows to be drawn anew with what is below them; undefined stands for the top. */
export type Changes = (Node | undefined)[];

/** The tree as far as it was shown. */
export class Levels {
  private folders: Node[] = [];
  private readonly answers = new Map<string, Answer>();
  /** Grows when everything is begun anew: what was asked before that is dropped. */
  private era = 0;

  constructor(private readonly source: Source) {}

  /** All workspaces together. */
  get totals(): { readonly total: number; readonly ready: number } {
    const all = this.folders.map((folder) => this.answers.get(folder.row.key));
    return {
      total: all.reduce((sum, one) => sum + (one?.total ?? 0), 0),
      ready: all.reduce((sum, one) => sum + (one?.ready ?? 0), 0),
    };
  }

  private get hasAny(): boolean {
    return this.totals.total > 0 || this.folders.some(isBare);
  }

  /** Begins anew with these workspaces, or the same ones. */
  reset(rows: readonly FolderRow[] = this.folders.map(({ row }) => row as FolderRow)): void {
    this.era++;
    this.answers.clear();
    this.folders = rows.map((row) => made(row, undefined));
  }

  /** What is at the top (of the only workspace, else the workspaces when one has anything), or below a row. */
  async children(node?: Node): Promise<Node[]> {
    const [only] = this.folders;
    const above = node ?? (this.folders.length === 1 ? only : undefined);
    if (above === undefined) {
      // One that fails says so where it is shown.
      const loads = await Promise.allSettled(this.folders.map((folder) => this.children(folder)));
      return this.hasAny || loads.some(({ status }) => status === 'rejected') ? this.folders : [];
    }
    if (above.children === undefined && !isBare(above) && !isEmpty(above)) {
      await this.load(above);
    }
    return above.children ?? [];
  }

  /** The row above one; undefined at the top. */
  parentOf(node: Node): Node | undefined {
    return node.parent?.row.kind === 'folder' && this.folders.length === 1 ? undefined : node.parent;
  }

  /** Shows twice as many rows of the level in which a “more” stands; what to draw anew. */
  async more(node: Node): Promise<Changes> {
    const above = node.parent;
    if (above === undefined) {
      return [];
    }
    above.limit *= 2;
    await this.load(above);
    return [this.drawn(above)];
  }

  /** Reads again all that was shown; what is different now. */
  async refresh(): Promise<Changes> {
    const changes: Changes = [];
    const { hasAny } = this;
    for (const folder of this.folders.filter((one) => !isBare(one))) {
      changes.push(...(await this.refreshed(folder)));
    }
    return changes.includes(undefined) || (this.folders.length > 1 && hasAny !== this.hasAny) ? [undefined] : changes;
  }

  private async refreshed(folder: Node): Promise<Changes> {
    const shown = loaded(folder);
    const levels = await this.ask(folder, shown);
    if (levels === undefined) {
      return [];
    }
    return shown.flatMap((node, at) => this.taken(node, levels[at]));
  }

  private async load(node: Node): Promise<void> {
    const levels = await this.ask(node.folder ?? node, [node]);
    const level = levels?.[0];
    if (level !== undefined) {
      node.children = placed(node, level);
    }
  }

  private async ask(folder: Node, nodes: readonly Node[]): Promise<readonly Level[] | undefined> {
    const era = this.era;
    const asked = nodes.map((node) => ({ of: node === folder ? null : node.row.key, limit: node.limit }));
    const answer = await this.source.levels(folder.row.key, asked);
    if (era !== this.era) {
      return undefined;
    }
    this.answers.set(folder.row.key, answer);
    return answer.levels;
  }

  private taken(node: Node, level: Level | undefined): Changes {
    // Its row has gone, or it was begun anew.
    if (level === undefined || node.children === undefined || !isShown(node)) {
      return [];
    }
    const before = node.children;
    const rows = before.map(({ row }) => row);
    node.children = placed(node, level);
    const isSame = node.children.length === before.length && node.children.every((one, at) => one === before[at]);
    if (!isSame) {
      return [this.drawn(node)];
    }
    return before.filter((one, at) => JSON.stringify(one.row) !== JSON.stringify(rows[at]));
  }

  private drawn(node: Node): Node | undefined {
    return node.row.kind === 'folder' && this.folders.length === 1 ? undefined : node;
  }
}

/** Whether a row is a folder that can't have anything below it. */
export function isBare({ row }: Node): boolean {
  return row.kind === 'folder' && row.isBare === true;
}

function isEmpty({ row }: Node): boolean {
  return row.kind === 'group' && row.count === 0;
}

function made(row: Row, parent: Node | undefined): Node {
  const id = parent === undefined ? row.key : `${parent.id}/${row.key}`;
  return { id, parent, folder: parent?.folder ?? parent, row, children: undefined, limit: PAGE };
}

/** The nodes of a level; a row that was there before keeps its own, with what is below it. */
function placed(above: Node, level: Level): Node[] {
  const known = new Map((above.children ?? []).map((one) => [one.row.key, one]));
  const rows: Row[] = level.more ? [...level.rows, { kind: 'more', key: 'more' }] : [...level.rows];
  return rows.map((row) => {
    const node = known.get(row.key) ?? made(row, above);
    node.row = row;
    return node;
  });
}

/** A node and those below it whose children were shown. */
function loaded(node: Node): Node[] {
  return node.children === undefined ? [] : [node, ...node.children.flatMap(loaded)];
}

/** Whether a node still stands where it was. */
function isShown(node: Node): boolean {
  const { parent } = node;
  return parent === undefined || (parent.children?.includes(node) === true && isShown(parent));
}

/** Whether an issue is among those above a row: what is below it was shown there already. */
export function isRepeated(node: Node): boolean {
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (above.row.kind === 'issue' && above.row.key === node.row.key) {
      return true;
    }
  }
  return false;
}
