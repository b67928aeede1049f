import type { TreeRow } from '../core/presentation/treeRows.js';

/** A row of the tree; the same object for the same row across refreshes. */
export interface TreeNode {
  readonly rowId: string;
  readonly parent?: TreeNode;
}

/** How long a row is not updated only for its run time after its tooltip was requested, in milliseconds. */
const hoverMs = 15_000;

/** The tree's nodes by row id, and the rows as last shown. Nodes that are no longer shown are freed. */
export class TreeNodes {
  readonly #nodes = new Map<string, TreeNode>();
  /** All nodes ever created: menus pass one of them, links do not. */
  readonly #createdNodes = new WeakSet<object>();
  readonly #drawnRows = new Map<string, TreeRow>();
  /** Ids of the rows below each row; those of the roots under the empty id. */
  readonly #rowsBelow = new Map<string, Set<string>>();

  /** @param onFreed - Called when a row is no longer shown. */
  constructor(private readonly onFreed: (rowId: string) => void = () => undefined) {}

  #hovered: { readonly rowId: string; readonly untilMs: number } | undefined;

  /** Remembers that the pointer hovers over a row: updating the row would close its tooltip. */
  setHovered(rowId: string, now: Date): void {
    this.#hovered = { rowId, untilMs: now.getTime() + hoverMs };
  }

  /** True for a while after the pointer began to hover over a row. */
  isHovered(rowId: string, now: Date): boolean {
    return this.#hovered?.rowId === rowId && now.getTime() < this.#hovered.untilMs;
  }

  /** Number of nodes in memory. */
  get size(): number {
    return this.#nodes.size;
  }

  /** The rows shown that have a node. */
  get drawn(): readonly TreeRow[] {
    return [...this.#drawnRows.values()];
  }

  /** True for a node of this tree. */
  readonly isNode = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && this.#createdNodes.has(value);

  get(rowId: string): TreeNode | undefined {
    return this.#nodes.get(rowId);
  }

  /** The node of a row below another, or of a root; created if necessary. */
  ensure(rowId: string, parent?: TreeNode): TreeNode {
    const known = this.#nodes.get(rowId);
    // A task can be known before its array is.
    if (known && known.parent === parent) return known;
    if (known) this.#rowsBelow.get(known.parent?.rowId ?? '')?.delete(rowId);
    const node: TreeNode = parent ? { rowId, parent } : { rowId };
    this.#nodes.set(rowId, node);
    this.#createdNodes.add(node);
    const below = this.#rowsBelow.get(parent?.rowId ?? '') ?? new Set();
    this.#rowsBelow.set(parent?.rowId ?? '', below.add(rowId));
    return node;
  }

  /** Replaces the nodes of all rows below a row, or of all roots; the nodes of other rows are freed. */
  replace(rowIds: readonly string[], parent?: TreeNode): TreeNode[] {
    const kept = new Set(rowIds);
    for (const rowId of this.#rowsBelow.get(parent?.rowId ?? '') ?? [])
      if (!kept.has(rowId)) this.#free(rowId);
    return rowIds.map((rowId) => this.ensure(rowId, parent));
  }

  /** True for a row that was expanded. */
  hasBelow(rowId: string): boolean {
    return (this.#rowsBelow.get(rowId)?.size ?? 0) > 0;
  }

  /** The row as last shown. */
  drawnRow(rowId: string): TreeRow | undefined {
    return this.#drawnRows.get(rowId);
  }

  setDrawn(row: TreeRow): void {
    this.#drawnRows.set(row.id, row);
  }

  #free(rowId: string): void {
    const below = this.#rowsBelow.get(rowId) ?? [];
    this.#rowsBelow.delete(rowId);
    for (const inner of below) this.#free(inner);
    const node = this.#nodes.get(rowId);
    this.#rowsBelow.get(node?.parent?.rowId ?? '')?.delete(rowId);
    this.#nodes.delete(rowId);
    this.#drawnRows.delete(rowId);
    this.onFreed(rowId);
  }
}
