import * as z from 'zod/mini';

/** A kind of machine that jobs run on, one of which a job asks for by its class and number of cores. */
export interface NodeType {
  /** `m6`. */
  readonly nodeClass: string;
  readonly gpu: boolean;
  readonly cpus: number;
  /** In GB. */
  readonly memory: number;
  /** In US dollars an hour, for each node. */
  readonly price: number;
  readonly description: string;
  /** Of a node with a GPU, its model. */
  readonly display: string;
}

const whole = z.number().check(z.multipleOf(1), z.minimum(0));

/** A row is told by its places; what comes after these is not used. Source: reference juliahub.md, 3.1. */
const WireNode = z.tuple(
  [z.string(), z.boolean(), whole, whole, z.number(), z.string(), z.unknown(), z.unknown()],
  z.unknown(),
);

/** The answer that lists the node types. */
export const WireNodes = z.object({
  success: z.optional(z.boolean()),
  message: z.optional(z.unknown()),
  node_specs: z.optional(z.array(z.unknown())),
});

/** The node types in the order in which the smallest fitting one is found: without GPU first, then by size, then by price. */
export function readNodes(rows: readonly unknown[]): readonly NodeType[] {
  const nodes = rows.flatMap((row): readonly NodeType[] => {
    const read = WireNode.safeParse(row);
    if (!read.success) return [];
    const [nodeClass, gpu, cpus, memory, price, description, , display] = read.data;
    return [
      {
        nodeClass,
        gpu,
        cpus,
        memory,
        price,
        description,
        display: typeof display === 'string' ? display : '',
      },
    ];
  });
  return [...nodes].sort(
    (a, b) => Number(a.gpu) - Number(b.gpu) || a.cpus - b.cpus || a.memory - b.memory || a.price - b.price,
  );
}

/** What names a node type in an answer to a question. */
export const nodeKey = ({ nodeClass, cpus, memory, gpu }: NodeType): string =>
  `${nodeClass}/${String(cpus)}/${String(memory)}${gpu ? '/gpu' : ''}`;

/** The node type of an answer; undefined: it is not offered (any more). */
export const nodeOf = (nodes: readonly NodeType[], key: string): NodeType | undefined =>
  nodes.find((node) => nodeKey(node) === key);

/** The first that is large enough; undefined: none is. Source: reference juliahub.md, 3.1. */
export const smallestNode = (
  nodes: readonly NodeType[],
  least: { readonly cpus: number; readonly memory: number; readonly gpu: boolean },
): NodeType | undefined =>
  nodes.find(({ cpus, memory, gpu }) => cpus >= least.cpus && memory >= least.memory && (gpu || !least.gpu));

/** `$0.17`, with as many digits as it takes. */
export function dollars(amount: number): string {
  const digits = amount !== 0 && amount < 0.1 ? 3 : 2;
  return `$${amount.toFixed(digits)}`;
}
