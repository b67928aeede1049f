import {
  defaultApps,
  imageGroups,
  imageOptions,
  legacyApps,
  nodeRows,
  ownApps,
  packageApps,
  projects,
  registries,
} from './catalog.js';
import { answerQuery } from './graphql.js';
import { json, jsonOf, objectOf, text, type Asked, type Reply } from './http.js';
import { hasProducts, hasProjects, violate, type State } from './state.js';

/** The catalog's routes; each list contains a malformed entry that clients must skip. */
export function listRoute(state: State, user: string, asked: Asked): Reply | undefined {
  const reply = answerOf(state, user, asked);
  const { alterList } = state.controls;
  if (reply?.status !== 200 || !alterList) return reply;
  return json(alterList(`/${asked.path.join('/')}`, jsonOf(reply.body ?? '')));
}

function answerOf(state: State, user: string, asked: Asked): Reply | undefined {
  switch (`${asked.method} /${asked.path.join('/')}`) {
    case 'GET /api/v1':
      return apiVersion(state, user);
    case 'POST /v1/graphql':
      return graphql(state, user, asked);
    case 'GET /app/config/nodespecs/info':
      return json({ success: true, message: '', node_specs: nodeRows });
    case 'GET /juliaruncloud/product_image_groups':
      return productImages(state, asked);
    case 'GET /juliaruncloud/get_image_options':
      return legacyImages(state);
    case 'GET /app/applications/default': {
      const apps = hasProducts(state) ? defaultApps : legacyApps;
      return json({ defaultApps: [...apps, { broken: true }], defaultUserAppArgs: [] });
    }
    case 'GET /app/applications/info':
      return json([...packageApps, { broken: true }]);
    case 'GET /app/applications/myapps':
      return json([...ownApps, { broken: true }]);
    case 'GET /app/packages/registries':
      return json({ success: true, message: '', registries });
    default:
      return undefined;
  }
}

/** Source: docs/protocols/juliahub.md, 1.7. */
function apiVersion({ controls }: State, user: string): Reply {
  if (controls.legacy) return text('not found', 404);
  return json({
    ...(controls.noUsername ? {} : { username: user }),
    api_version: controls.apiVersion,
    timezone: { abbreviation: 'Etc/UTC', utc_offset: '+00:00' },
  });
}

/** Source: docs/protocols/juliahub.md, 3.2 and 12.3. */
function productImages(state: State, asked: Asked): Reply {
  if (asked.query.get('extended') !== 'true') violate(state, 'image groups without extended', '3.2');
  if (hasProducts(state)) return json({ image_groups: imageGroups });
  violate(state, 'product images of a server without products', '12.3');
  return text('not found', 404);
}

/** Source: docs/protocols/juliahub.md, 3.2 and 12.3. */
function legacyImages(state: State): Reply {
  if (!hasProducts(state)) return json({ success: true, image_options: imageOptions });
  violate(state, 'image options of a server with products', '12.3');
  return text('not found', 404);
}

/** Source: docs/protocols/juliahub.md, 1.7, 1.8, 8, 12.3. */
function graphql(state: State, user: string, asked: Asked): Reply {
  if (asked.header('x-hasura-role') !== 'jhuser') {
    violate(state, 'graphql without X-Hasura-Role', '1.8');
    return text('access denied', 403);
  }
  const name = `${user.slice(0, 1).toUpperCase()}${user.slice(1)}`;
  const users = [
    {
      id: 42,
      username: user,
      name: `${name} Example`,
      firstname: name,
      emails: [{ email: `${user}@example.org` }],
      accepted_tos: true,
      user_groups: [],
      roles: [],
    },
  ];
  const query = objectOf(asked.body);
  if (hasProjects(state)) return json(answerQuery(query, { users, projects }));
  if (String(query['query']).includes('projects'))
    violate(state, 'projects of a server without projects', '12.3');
  return json(answerQuery(query, { users }));
}
