import type { Backend } from '../../core/domain/backend.js';
import type { Answers } from '../../core/domain/questions.js';
import type { Connection } from '../../core/domain/connection.js';
import type { Clock, Log, Secrets } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { BackendProvider, ProviderSetting } from '../../core/domain/provider.js';
import { defaultServer, readServer, wrongServer, type AddressRules } from './serverUrl.js';

/** Dependencies of connections to JuliaHub. */
export interface JuliaHubProviderDeps {
  /** The absolute path of this extension's folder for a connection's own files. */
  readonly folderOf: (kind: string, connection: string) => string;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Values of the Julia extensions, if they are installed. */
  readonly julia: {
    readonly packageServer: () => string;
    readonly authenticate: (server: string, force: boolean) => Promise<string | undefined>;
  };
  /** The user's settings, read at each use. */
  readonly setting: (name: string) => unknown;
  readonly log: Log;
}

const kind = 'juliahub';

/** Creates the provider of connections to JuliaHub servers. */
export function createJuliaHubProvider(deps: JuliaHubProviderDeps): BackendProvider {
  const { setting, env, julia } = deps;
  const rules = (): AddressRules => ({
    allowHttpLoopback: setting('juliahub.allowHttpOnLoopback') === true,
  });
  return {
    kind,
    title: 'JuliaHub',
    detail: "JuliaHub cloud or your organization's server",
    icon: 'server',
    keywords: ['julia', 'juliahub'],
    settings,
    hasSignIn: true,
    questions: [
      {
        id: 'server',
        title: 'Server',
        prompt: "juliahub.com or your server's address",
        get initial() {
          return defaultServer(env, julia.packageServer()).replace('https://', '');
        },
        check: (value) => wrongServer(value, rules()),
      },
    ],
    titleOf: ({ server = '' }: Answers) => {
      const read = readServer(server, rules());
      return 'url' in read ? `JuliaHub · ${new URL(read.url).host}` : '';
    },
    create: (connection) => backendOf(connection, rules(), deps),
  };
}

const settings: readonly ProviderSetting[] = [
  {
    name: 'allowHttpOnLoopback',
    description:
      'Allow JuliaHub servers over plain HTTP, but only on this machine (`http://127.0.0.1:8080`), for example to try out your own server. The tests of this extension use it.',
    schema: { type: 'boolean', default: false },
  },
];

/** @throws {@link JobError} of kind `badSetting` if the connection has no usable server address. */
async function backendOf(
  connection: Connection,
  { allowHttpLoopback }: AddressRules,
  deps: JuliaHubProviderDeps,
): Promise<Backend> {
  const { folderOf, julia, clock, log } = deps;
  const { server: named } = connection.settings;
  const read = readServer(typeof named === 'string' ? named : '', { allowHttpLoopback });
  if (!('url' in read)) {
    const why = `the connection ${connection.title} has no usable server address`;
    throw new JobError({ kind: 'badSetting', setting: 'batchJobs.connections', why });
  }
  const { url: server } = read;
  const [{ axiosHttp }, { wsSockets }, { juliaHubTokens }, { juliaHubBackend }] = await Promise.all([
    import('../../http/axiosHttp.js'),
    import('../../http/wsSockets.js'),
    import('./auth/tokens.js'),
    import('./backend.js'),
  ]);
  const http = axiosHttp({ clock, plainLoopback: allowHttpLoopback });
  const place = connection.title;
  const { tokens, account, apiVersion } = juliaHubTokens({
    ...deps,
    http,
    server,
    place,
    allowHttpLoopback,
    // Not a valid connection id: the folder contains the locks of all connections.
    lockFolder: folderOf(kind, '.locks'),
    extension: julia.authenticate,
  });
  return juliaHubBackend({
    connection,
    server,
    http,
    sockets: wsSockets({ clock, plainLoopback: allowHttpLoopback }),
    tokens,
    account,
    apiVersion,
    folder: folderOf(kind, connection.id),
    plainLoopback: allowHttpLoopback,
    clock,
    log,
  });
}
