import * as z from 'zod/mini';

/** A type of machine for jobs, selected by its class and number of cores. */
export interface NodeType {
  /** `m6`. */
  readonly nodeClass: string;
  readonly gpu: boolean;
  readonly cpus: number;
  /** In GB. */
  readonly memory: number;
  /** In US dollars per hour and node. */
  readonly price: number;
  readonly description: string;
  /** The model of the GPU, if any. */
  readonly display: string;
}

const wholeNumber = z.number().check(z.multipleOf(1), z.minimum(0));

/** Columns are identified by position; later ones are not used. Source: docs/protocols/juliahub.md, 3.1. */
const NodeShape = z.tuple(
  [z.string(), z.boolean(), wholeNumber, wholeNumber, z.number(), z.string(), z.unknown(), z.unknown()],
  z.unknown(),
);

/** The response that lists the node types. */
export const NodesShape = z.object({
  success: z.optional(z.boolean()),
  message: z.optional(z.unknown()),
  node_specs: z.optional(z.array(z.unknown())),
});

/**
 * Parses the node types, sorted so that the first fitting one is the smallest: without GPU first, then by
 * size, then by price.
 */
export function parseNodes(rows: readonly unknown[]): readonly NodeType[] {
  const nodes = rows.flatMap((row): readonly NodeType[] => {
    const read = NodeShape.safeParse(row);
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

/** The value of a node type in an answer to a question. */
export const toNodeKey = ({ nodeClass, cpus, memory, gpu }: NodeType): string =>
  `${nodeClass}/${String(cpus)}/${String(memory)}${gpu ? '/gpu' : ''}`;

/** The node type with this value; undefined if it is not (or no longer) offered. */
export const findNode = (nodes: readonly NodeType[], key: string): NodeType | undefined =>
  nodes.find((node) => toNodeKey(node) === key);

/** Minimum resources of a node; memory in GB. */
export interface MinResources {
  readonly cpus: number;
  readonly memory: number;
  readonly gpu: boolean;
}

/**
 * The node type of an answer, or the smallest one with the resources that it specifies; undefined if it is
 * not (or no longer) offered, or none is large enough.
 */
export function findNodeForAnswer(nodes: readonly NodeType[], answer: string): NodeType | undefined {
  const least = parseMinResources(answer);
  return least ? findSmallestFit(nodes, least) : findNode(nodes, answer);
}

/**
 * Parses minimum resources: `8 cpu 32 gb`, `16 cores`, `4 vCPU, 61 GB, GPU`. Resources that are not mentioned
 * are not limited. Undefined if the text has another form, mentions a resource twice, or requires more than
 * one GPU, which no job can have. Source: docs/protocols/juliahub.md, 3.1.
 */
export function parseMinResources(text: string): MinResources | undefined {
  const words = [
    ...text.trim().matchAll(/[\s,]*(?:(\d{1,6})\s*(v?cpus?|cores?|gi?b|gpus?)|(gpu))(?=[\s,]|$)/giy),
  ];
  const end = words.reduce((length, [word]) => length + word.length, 0);
  if (words.length === 0 || end !== text.trim().length) return undefined;
  const said = new Map(
    words.map(([, number = '1', unit, gpu]) => [getResourceKind(unit ?? gpu ?? ''), Number(number)] as const),
  );
  const { cpus = 1, memory = 1, gpus = 0 } = Object.fromEntries(said);
  return said.size === words.length && cpus > 0 && memory > 0 && gpus < 2
    ? { cpus, memory, gpu: gpus === 1 }
    : undefined;
}

function getResourceKind(unit: string): 'cpus' | 'memory' | 'gpus' {
  if (/^gpu/i.test(unit)) return 'gpus';
  return /^g/i.test(unit) ? 'memory' : 'cpus';
}

/**
 * Validates an answer that is neither a node type nor minimum resources; returns the message, or undefined if
 * it is valid.
 */
export const validateNode = (answer: string): string | undefined =>
  answer.includes('/') || parseMinResources(answer)
    ? undefined
    : 'Enter minimum resources such as 8 cpu 32 gb; add gpu for one GPU.';

/**
 * The first node type that is large enough; undefined if none is. Source: docs/protocols/juliahub.md, 3.1.
 */
export const findSmallestFit = (nodes: readonly NodeType[], least: MinResources): NodeType | undefined =>
  nodes.find(({ cpus, memory, gpu }) => cpus >= least.cpus && memory >= least.memory && (gpu || !least.gpu));

/** `$0.17`; three digits below $0.10. */
export function formatDollars(amount: number): string {
  const digits = amount !== 0 && amount < 0.1 ? 3 : 2;
  return `$${amount.toFixed(digits)}`;
}
