import * as z from 'zod/mini';

/** A software image for jobs, as offered by one product. */
export interface SoftwareImage {
  /** `standard-batch`; `@legacy` on servers without products. */
  readonly product: string;
  /** The name that the server displays: `Stable`. */
  readonly name: string;
  /** True: the product's default. */
  readonly isBase: boolean;
  readonly cpuKey?: string;
  readonly gpuKey?: string;
  readonly tag?: string;
  /** The product for jobs with a port; undefined: such jobs cannot open a port. */
  readonly interactive?: string;
}

/** Source: docs/protocols/juliahub.md, 3.2. */
export const ImageGroupsShape = z.object({ image_groups: z.record(z.string(), z.array(z.unknown())) });
const ImageShape = z.object({
  display_name: z.string(),
  type: z.string(),
  image_key_name: z.string(),
  image_tag: z.optional(z.nullable(z.string())),
});
/** Source: docs/protocols/juliahub.md, 3.2 and 8. */
export const DefaultAppsShape = z.object({ defaultApps: z.array(z.unknown()) });
const ProductShape = z.object({
  name: z.string(),
  product_name: z.string(),
  image_group: z.string(),
  compute_type_name: z.string(),
  input_type_name: z.string(),
});

/**
 * The images of all batch products, the standard product and each product's default first; `warnings` lists
 * what was omitted.
 */
export function parseImages(
  groups: z.infer<typeof ImageGroupsShape>,
  apps: z.infer<typeof DefaultAppsShape>,
): { readonly images: readonly SoftwareImage[]; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const products = apps.defaultApps.flatMap((app) => {
    const read = ProductShape.safeParse(app);
    return read.success && read.data.input_type_name === 'userinput' ? [read.data] : [];
  });
  const batch = products.filter(
    ({ compute_type_name: type }) => type === 'batch' || type === 'singlenode-batch',
  );
  const images = batch.flatMap(({ product_name: product, image_group: group }) => {
    const twins = products.filter(
      (other) => other.compute_type_name === 'distributed-interactive' && other.image_group === group,
    );
    if (twins.length > 1) warnings.push(`several interactive products for the images of ${product}`);
    const [twin] = twins;
    const interactive = twin && twins.length === 1 ? { interactive: twin.product_name } : {};
    return mergeImages(groups.image_groups[group] ?? [], warnings).map((image) => ({
      product,
      ...image,
      ...interactive,
    }));
  });
  const standard = (image: SoftwareImage): number => Number(image.product !== 'standard-batch');
  const sorted = [...images].sort(
    (a, b) =>
      standard(a) - standard(b) ||
      a.product.localeCompare(b.product) ||
      Number(b.isBase) - Number(a.isBase) ||
      a.name.localeCompare(b.name),
  );
  return { images: sorted, warnings };
}

type NamedImage = Omit<SoftwareImage, 'product' | 'interactive'>;

/** The entries of a group by name; contradictory entries are omitted. */
function mergeImages(entries: readonly unknown[], warnings: string[]): readonly NamedImage[] {
  const byName = new Map<string, NamedImage | undefined>();
  for (const entry of entries) {
    const read = ImageShape.safeParse(entry);
    const [, level, kind] = /^(base|option)-(cpu|gpu)$/.exec(read.data?.type ?? '') ?? [];
    if (!read.success || level === undefined) {
      warnings.push(formatUnknownImage(entry));
      continue;
    }
    const { display_name: name, image_key_name: key, image_tag: tag } = read.data;
    const known = byName.get(name);
    const isBase = level === 'base';
    const isTaken = kind === 'cpu' ? known?.cpuKey !== undefined : known?.gpuKey !== undefined;
    if (byName.has(name) && (!known || isTaken || known.isBase !== isBase)) {
      warnings.push(`the image ${name} has contradictory entries`);
      byName.set(name, undefined);
      continue;
    }
    const own = kind === 'cpu' ? { cpuKey: key } : { gpuKey: key };
    byName.set(name, { ...(tag && !known ? { tag } : {}), ...known, name, isBase, ...own });
  }
  return [...byName.values()].filter((image) => image !== undefined);
}

/** The product name used if the server has no products. Source: docs/protocols/juliahub.md, 3.2. */
const legacyProduct = '@legacy';

/** The images of servers without products. Source: docs/protocols/juliahub.md, 3.2. */
export const ImageOptionsResponseShape = z.object({
  success: z.optional(z.boolean()),
  message: z.optional(z.unknown()),
  image_options: z.optional(z.unknown()),
});
const BatchOptionsShape = z.object({
  batchjob: z.array(z.object({ attrid: z.string(), attrchoices: z.array(z.unknown()) })),
});
const ImageOptionShape = z.object({ text: z.string(), value: z.string() });

/**
 * The images of a server without products, and warnings about omitted entries. Omits the one without a key:
 * it is the default, which jobs use without selecting it.
 */
export function parseImageOptions({ image_options: options }: z.infer<typeof ImageOptionsResponseShape>): {
  readonly images: readonly SoftwareImage[];
  readonly warnings: readonly string[];
} {
  const read = BatchOptionsShape.safeParse(options);
  if (!read.success) return { images: [], warnings: ['malformed images'] };
  const choices = read.data.batchjob.find(({ attrid }) => attrid === 'sysimg')?.attrchoices ?? [];
  const warnings: string[] = [];
  const images = choices.flatMap((choice): readonly SoftwareImage[] => {
    const one = ImageOptionShape.safeParse(choice);
    if (!one.success) {
      warnings.push(formatUnknownImage(choice));
      return [];
    }
    const { text: name, value: key } = one.data;
    return key === '' ? [] : [{ product: legacyProduct, name, isBase: false, cpuKey: key, gpuKey: key }];
  });
  return { images, warnings };
}

const formatUnknownImage = (entry: unknown): string =>
  `malformed image: ${JSON.stringify(entry).slice(0, 200)}`;

/** The value of an image in an answer to a question. */
export const toImageKey = ({ product, name }: SoftwareImage): string => `${product}/${name}`;

/** The image with this value; undefined if it is not (or no longer) offered. */
export const findImage = (images: readonly SoftwareImage[], key: string): SoftwareImage | undefined =>
  images.find((image) => toImageKey(image) === key);
