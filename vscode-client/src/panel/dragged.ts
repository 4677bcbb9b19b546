// What is dragged. Nothing here knows VS Code.

import type { Node } from './levels';

export interface Dragged {
  readonly workspace: string;
  readonly ids: readonly string[];
  /** The key of the group that they were taken from, when it is one for all. */
  readonly from: string | null;
}

/** The issues among rows that are dragged; only those of the first one's workspace. */
export function draggedOf(nodes: readonly Node[]): Dragged | undefined {
  const issues = nodes.filter(({ row }) => row.kind === 'issue');
  const folder = issues[0]?.folder;
  if (folder === undefined) {
    return undefined;
  }
  const own = issues.filter((one) => one.folder === folder);
  const groups = new Set(own.map(groupOf));
  const [from] = groups;
  return {
    workspace: folder.row.key,
    ids: [...new Set(own.map(({ row }) => row.key))],
    from: groups.size === 1 ? (from ?? null) : null,
  };
}

/** The key of the group in which a row stands at any depth. */
function groupOf(node: Node): string | null {
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (above.row.kind === 'group') {
      return above.row.key;
    }
  }
  return null;
}
