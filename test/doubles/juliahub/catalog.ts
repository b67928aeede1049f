/** The server's catalog: nodes, images, applications, registries, projects. */

/** Source: docs/protocols/juliahub.md, 3.1 and 10.1. */
export const nodeRows = [
  ['m6', false, 4, 16, 0.33, '3.5 GHz Intel Xeon Platinum 8375C', '', '4', 81.5, 83.25, 1],
  ['m6', false, 8, 32, 0.65, '3.5 GHz Intel Xeon Platinum 8375C', '', '4', 81.5, 83.25, 2],
  ['m6', false, 32, 128, 2.4, '3.5 GHz Intel Xeon Platinum 8375C', '', '4', 81.5, 83.25, 3],
  ['r6', false, 2, 16, 0.22, '3.5 GHz Intel Xeon Platinum 8375C', '', '8', 81.5, 83.25, 4],
  ['r6', false, 4, 32, 0.42, '3.5 GHz Intel Xeon Platinum 8375C', '', '8', 81.5, 83.25, 5],
  ['r6', false, 8, 64, 1.3, '3.5 GHz Intel Xeon Platinum 8375C', '', '8', 81.5, 83.25, 6],
  ['m6', false, 2, 8, 0.17, '3.5 GHz Intel Xeon Platinum 8375C', '', '4', 81.5, 83.25, 7],
  ['p2', true, 4, 61, 1.4, 'Intel Xeon E5-2686 v4 (Broadwell)', '', 'K80', 90.25, 88.09, 8],
  ['p3', true, 8, 61, 4.5, 'Intel Xeon E5-2686 v4 (Broadwell)', '', 'V100', 90.25, 88.09, 9],
] as const;

/** An image of a group. */
export interface Image {
  readonly display_name: string;
  /** `base` or `option`, `cpu` or `gpu`; others are for newer clients. */
  readonly type: string;
  readonly image_key_name: string;
  readonly image_tag?: string;
  readonly image_sha?: string;
}

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** Source: docs/protocols/juliahub.md, 3.2. */
export const imageGroups: Readonly<Record<string, readonly Image[]>> = {
  base_only: [
    {
      display_name: 'Stable',
      type: 'base-cpu',
      image_key_name: 'stable-cpu',
      image_tag: 'v10.6.1',
      image_sha: sha('a'),
    },
    { display_name: 'Stable', type: 'base-gpu', image_key_name: 'stable-gpu' },
  ],
  base_and_opt: [
    {
      display_name: 'Stable',
      type: 'base-cpu',
      image_key_name: 'stable-cpu',
      image_tag: 'v10.6.1',
      image_sha: sha('a'),
    },
    { display_name: 'Stable', type: 'base-gpu', image_key_name: 'stable-gpu' },
    { display_name: 'Dev', type: 'option-cpu', image_key_name: 'dev-cpu' },
    { display_name: 'Odd', type: 'something', image_key_name: 'odd' },
  ],
};

/** Images of servers without products; the first is the default. Source: docs/protocols/juliahub.md, 3.2. */
export const imageOptions = {
  batchjob: [
    {
      attrid: 'sysimg',
      attrchoices: [
        { text: 'Julia', value: '', price: 0 },
        { text: 'JuliaSim', value: 'juliasim-1', price: 0 },
        { text: 'broken' },
      ],
    },
  ],
} as const;

/** The product name of such an image. Source: docs/protocols/juliahub.md, 3.2. */
export const legacyProduct = '@legacy';

/** An application, or a product for batch jobs. */
export interface App {
  readonly name: string;
  readonly appType: string;
  readonly product_name: string;
  readonly image_group: string;
  readonly compute_type_name: string;
  readonly input_type_name: string;
}

const batch = (name: string, product: string, group: string, type = 'batch'): App => ({
  name,
  appType: 'batchjob',
  product_name: product,
  image_group: group,
  compute_type_name: type,
  input_type_name: 'userinput',
});

const desktop = (name: string, appType: string): App => ({
  name,
  appType,
  product_name: appType,
  image_group: 'base_only',
  compute_type_name: 'interactive',
  input_type_name: 'none',
});

/**
 * The batch products among them cannot be started as applications. Source: docs/protocols/juliahub.md, 3.2,
 * 8, 10.1.
 */
export const defaultApps: readonly App[] = [
  batch('Standard Batch', 'standard-batch', 'base_and_opt'),
  batch('Windows Batch', 'winworkstation-batch', 'base_only', 'singlenode-batch'),
  batch('Standard Interactive', 'standard-interactive', 'base_and_opt', 'distributed-interactive'),
  desktop('Linux Desktop', 'vnc'),
  desktop('Julia IDE', 'codeserver'),
  desktop('Pluto', 'pluto'),
  desktop('Windows Workstation', 'winworkstation'),
];

/**
 * Servers without products list no batch applications and omit the properties that describe them. Source:
 * 3.2, 10.1.
 */
export const legacyApps = defaultApps
  .filter(({ appType }) => appType !== 'batchjob')
  .map(({ name, appType }) => ({ name, appType }));

/** Source: docs/protocols/juliahub.md, 8, 10.1. */
export const packageApps = [
  {
    name: 'RegisteredPackageApp',
    uuid: 'aaaaaaaa-89ab-cdef-0123-456789abcdef',
    registrymap: [
      { id: '1', status: true },
      { id: '266', status: false },
    ],
  },
  {
    name: 'CustomDashboardApp',
    uuid: 'bbbbbbbb-89ab-cdef-0123-456789abcdef',
    registrymap: [{ id: '266', status: true }],
  },
];

export const ownApps = [{ name: 'ExampleApp.jl', repourl: 'https://github.example/ada/ExampleApp.jl' }];

export const registries = [
  { id: 1, name: 'General', uuid: '23338594-aafe-5451-b93e-139f81909106' },
  { id: 266, name: 'JuliaComputingRegistry', uuid: 'bbcd6645-47a4-41f8-a415-d8fc8421bd34' },
];

export const project = '01234567-89ab-cdef-0123-456789abcdef';

const projectOf = (id: string, name: string, archived: boolean): Readonly<Record<string, unknown>> => ({
  project_id: id,
  name,
  description: `About ${name}`,
  owner: { username: 'ada', name: 'Ada Example' },
  created_at: '2026-01-05T10:00:00+00:00',
  finished: false,
  is_archived: archived,
  visibility: 'private',
  tags: [],
});

/** Source: docs/protocols/juliahub.md, 8. */
export const projects = [
  projectOf(project, 'Climate', false),
  projectOf('11234567-89ab-cdef-0123-456789abcdef', 'Pharma', false),
  projectOf('21234567-89ab-cdef-0123-456789abcdef', 'Old work', true),
];

/**
 * The interactive product with the same images, for jobs with a port; undefined if there is none. Source:
 * docs/protocols/juliahub.md, 3.2.
 */
export function twinOf(product: string): string | undefined {
  const { image_group: group } = defaultApps.find(({ product_name }) => product_name === product) ?? {};
  const twins = defaultApps.filter(
    (app) => app.image_group === group && app.compute_type_name === 'distributed-interactive',
  );
  return twins.length === 1 ? twins[0]?.product_name : undefined;
}

/** Source: docs/protocols/juliahub.md, 3.2. */
export const isBatchProduct = (product: string): boolean =>
  defaultApps.some(
    ({ product_name, compute_type_name }) =>
      product_name === product && ['batch', 'singlenode-batch'].includes(compute_type_name),
  );

/** The images of a product; empty for an unknown product. */
export function imagesOf(product: string): readonly Image[] {
  const app = defaultApps.find(({ product_name }) => product_name === product);
  return (app && imageGroups[app.image_group]) ?? [];
}
