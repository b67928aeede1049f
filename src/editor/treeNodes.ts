import type { Row } from '../core/presentation/rows.js';

/** A row of the tree; the same object for the same row over all refreshes. */
export interface Node {
  readonly rowId: string;
  readonly parent?: Node;
}

/** The nodes of the tree by their rows' ids, and the rows as last drawn. Nodes that are shown no more are freed. */
export class TreeNodes {
  readonly #nodes = new Map<string, Node>();
  /** All nodes that were ever made: what a menu gives is one of them, what a link gives is not. */
  readonly #made = new WeakSet<object>();
  readonly #drawn = new Map<string, Row>();
  /** The rows below each row, by its id; the roots by the empty one. */
  readonly #below = new Map<string, Set<string>>();

  /** @param onFreed - A row is not shown any more. */
  constructor(private readonly onFreed: (rowId: string) => void = () => undefined) {}

  /** Number of nodes in memory. */
  get size(): number {
    return this.#nodes.size;
  }

  /** The drawn rows that have a node. */
  get drawn(): readonly Row[] {
    return [...this.#drawn.values()];
  }

  /** True for a node of this tree itself. */
  readonly isNode = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && this.#made.has(value);

  get(rowId: string): Node | undefined {
    return this.#nodes.get(rowId);
  }

  /** The node of a row below another, or of a root. */
  ensure(rowId: string, parent?: Node): Node {
    const known = this.#nodes.get(rowId);
    // A task may be known before its array is.
    if (known && known.parent === parent) return known;
    if (known) this.#below.get(known.parent?.rowId ?? '')?.delete(rowId);
    const node: Node = parent ? { rowId, parent } : { rowId };
    this.#nodes.set(rowId, node);
    this.#made.add(node);
    const below = this.#below.get(parent?.rowId ?? '') ?? new Set();
    this.#below.set(parent?.rowId ?? '', below.add(rowId));
    return node;
  }

  /** The nodes of all rows below one, or of all roots; those that stood there before and are not among them are freed. */
  replace(rowIds: readonly string[], parent?: Node): Node[] {
    const kept = new Set(rowIds);
    for (const rowId of this.#below.get(parent?.rowId ?? '') ?? []) if (!kept.has(rowId)) this.#free(rowId);
    return rowIds.map((rowId) => this.ensure(rowId, parent));
  }

  /** The row as it was last drawn. */
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
