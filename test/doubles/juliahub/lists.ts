import { json, jsonOf, text, type Asked, type Reply } from './http.js';
import type { State } from './state.js';

/** Source: reference 3.1 and 10.1. */
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
];

/** Source: reference 3.2. */
const imageGroups = {
  base_only: [
    { display_name: 'Stable', type: 'base-cpu', image_key_name: 'stable-cpu', image_tag: 'v10.6.1' },
    { display_name: 'Stable', type: 'base-gpu', image_key_name: 'stable-gpu' },
  ],
  base_and_opt: [
    { display_name: 'Stable', type: 'base-cpu', image_key_name: 'stable-cpu', image_tag: 'v10.6.1' },
    { display_name: 'Stable', type: 'base-gpu', image_key_name: 'stable-gpu' },
    { display_name: 'Dev', type: 'option-cpu', image_key_name: 'dev-cpu' },
    { display_name: 'Odd', type: 'something', image_key_name: 'odd' },
  ],
};

const batch = (name: string, product: string, group: string, type = 'batch') => ({
  name,
  appType: 'batchjob',
  product_name: product,
  image_group: group,
  compute_type_name: type,
  input_type_name: 'userinput',
});

const defaultApps = [
  batch('Standard Batch', 'standard-batch', 'base_and_opt'),
  batch('Windows Batch', 'winworkstation-batch', 'base_only', 'singlenode-batch'),
  batch('Standard Interactive', 'standard-interactive', 'base_and_opt', 'distributed-interactive'),
  {
    name: 'Pluto',
    appType: 'pluto',
    product_name: 'pluto',
    image_group: 'base_only',
    compute_type_name: 'interactive',
    input_type_name: 'none',
  },
  { broken: true },
];

export const imageKeys = new Set(['stable-cpu', 'stable-gpu', 'dev-cpu']);
export const products = new Set([
  'standard-batch',
  'winworkstation-batch',
  'standard-interactive',
  'package-interactive',
]);
export const project = '01234567-89ab-cdef-0123-456789abcdef';

/** What can be looked up. */
export function listRoute(state: State, user: string, asked: Asked): Reply | undefined {
  switch (`${asked.method} /${asked.path.join('/')}`) {
    case 'GET /api/v1':
      return state.controls.legacy
        ? text('not found', 404)
        : json({
            username: user,
            api_version: '0.2.0',
            timezone: { abbreviation: 'Etc/UTC', utc_offset: '+00:00' },
          });
    case 'POST /v1/graphql':
      return graphql(state, user, asked);
    case 'GET /app/config/nodespecs/info':
      return json({ success: true, message: '', node_specs: nodeRows });
    case 'GET /juliaruncloud/product_image_groups':
      if (asked.query.get('extended') !== 'true')
        state.violations.push('image groups without extended (3.2)');
      return json({ image_groups: imageGroups });
    case 'GET /app/applications/default':
      return json({ defaultApps, defaultUserAppArgs: [] });
    case 'GET /app/applications/info':
      return json([
        {
          name: 'RegisteredPackageApp',
          uuid: 'aaaaaaaa-89ab-cdef-0123-456789abcdef',
          registrymap: [{ id: '1', status: true }],
        },
        { broken: true },
      ]);
    case 'GET /app/applications/myapps':
      return json([{ name: 'ExampleApp.jl', repourl: 'https://github.example/ada/ExampleApp.jl' }]);
    case 'GET /app/packages/registries':
      return json({
        success: true,
        message: '',
        registries: [{ id: 1, name: 'General', uuid: '23338594-aafe-5451-b93e-139f81909106' }],
      });
    default:
      return undefined;
  }
}

function graphql(state: State, user: string, asked: Asked): Reply {
  if (asked.header('x-hasura-role') !== 'jhuser')
    state.violations.push('graphql without X-Hasura-Role (1.8)');
  const { query = '' } = (jsonOf(asked.body) ?? {}) as { query?: string };
  if (query.includes('projects'))
    return json({ data: { projects: [{ project_id: project, name: 'Climate', is_archived: false }] } });
  return json({
    data: {
      users: [
        {
          id: 42,
          username: user,
          name: 'Ada Example',
          firstname: 'Ada',
          info: [{ email: 'ada@example.org' }],
        },
      ],
    },
  });
}
