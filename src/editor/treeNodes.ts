import type { Row } from '../core/presentation/rows.js';

/** A row of the tree; the same object for the same row across refreshes. */
export interface Node {
  readonly rowId: string;
  readonly parent?: Node;
}

/** The tree's nodes by row id, and the rows as last shown. Nodes that are no longer shown are freed. */
export class TreeNodes {
  readonly #nodes = new Map<string, Node>();
  /** All nodes ever created: menus pass one of them, links do not. */
  readonly #made = new WeakSet<object>();
  readonly #drawn = new Map<string, Row>();
  /** Ids of the rows below each row; those of the roots under the empty id. */
  readonly #below = new Map<string, Set<string>>();

  /** @param onFreed - Called when a row is no longer shown. */
  constructor(private readonly onFreed: (rowId: string) => void = () => undefined) {}

  /** Number of nodes in memory. */
  get size(): number {
    return this.#nodes.size;
  }

  /** The rows shown that have a node. */
  get drawn(): readonly Row[] {
    return [...this.#drawn.values()];
  }

  /** True for a node of this tree. */
  readonly isNode = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && this.#made.has(value);

  get(rowId: string): Node | undefined {
    return this.#nodes.get(rowId);
  }

  /** The node of a row below another, or of a root; created if necessary. */
  ensure(rowId: string, parent?: Node): Node {
    const known = this.#nodes.get(rowId);
    // A task can be known before its array is.
    if (known && known.parent === parent) return known;
    if (known) this.#below.get(known.parent?.rowId ?? '')?.delete(rowId);
    const node: Node = parent ? { rowId, parent } : { rowId };
    this.#nodes.set(rowId, node);
    this.#made.add(node);
    const below = this.#below.get(parent?.rowId ?? '') ?? new Set();
    this.#below.set(parent?.rowId ?? '', below.add(rowId));
    return node;
  }

  /** Replaces the nodes of all rows below a row, or of all roots; the nodes of other rows are freed. */
  replace(rowIds: readonly string[], parent?: Node): Node[] {
    const kept = new Set(rowIds);
    for (const rowId of this.#below.get(parent?.rowId ?? '') ?? []) if (!kept.has(rowId)) this.#free(rowId);
    return rowIds.map((rowId) => this.ensure(rowId, parent));
  }

  /** The row as last shown. */
  drawnRow(rowId: string): Row | undefined {
    return this.#drawn.get(rowId);
  }

  setDrawn(row: Row): void {
    this.#drawn.set(row.id, row);
  }

  #free(rowId: string): void {
    const below = this.#below.get(rowId) ?? [];
    this.#below.delete(rowId);
    for (const inner of below) this.#free(inner);
    const node = this.#nodes.get(rowId);
    this.#below.get(node?.parent?.rowId ?? '')?.delete(rowId);
    this.#nodes.delete(rowId);
    this.#drawn.delete(rowId);
    this.onFreed(rowId);
  }
}
