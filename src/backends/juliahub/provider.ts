import type { Backend } from '../../core/domain/backend.js';
import type { QuestionAnswers } from '../../core/domain/questions.js';
import type { Connection } from '../../core/domain/connection.js';
import type { OtherExtensions } from '../../core/domain/language.js';
import type { Clock, Log, SecretStore } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { BackendProvider, ProviderSetting } from '../../core/domain/provider.js';
import { createExtensionSignIn } from './authExtension.js';
import { getDefaultServer, parseServer, validateServer, type AddressRules } from './serverUrl.js';

/** Dependencies of connections to JuliaHub. */
export interface JuliaHubProviderDeps {
  /** The absolute path of this extension's folder for a connection's own files. */
  readonly getFolder: (kind: string, connection: string) => string;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly extensions: OtherExtensions;
  /** The user's settings, read at each use. */
  readonly setting: (name: string) => unknown;
  readonly log: Log;
}

const juliaHubKind = 'juliahub';

/** Creates the provider of connections to JuliaHub servers. */
export function createJuliaHubProvider(deps: JuliaHubProviderDeps): BackendProvider {
  const { setting, env, extensions } = deps;
  const rules = (): AddressRules => ({
    allowHttpLoopback: setting('juliahub.allowHttpOnLoopback') === true,
  });
  return {
    kind: juliaHubKind,
    title: 'JuliaHub',
    detail: "JuliaHub cloud or your organization's server",
    icon: 'server',
    keywords: ['julia', 'juliahub'],
    settings: juliaHubSettings,
    hasSignIn: true,
    questions: [
      {
        id: 'server',
        title: 'Server',
        prompt: "juliahub.com or your server's address",
        get initial() {
          return getDefaultServer(env, extensions.getSetting('julia', 'packageServer')).replace(
            'https://',
            '',
          );
        },
        validate: (value) => validateServer(value, rules()),
      },
    ],
    getTitle: ({ server = '' }: QuestionAnswers) => {
      const read = parseServer(server, rules());
      return 'url' in read ? `JuliaHub · ${new URL(read.url).host}` : '';
    },
    create: (connection) => createBackendFor(connection, rules(), deps),
  };
}

const juliaHubSettings: readonly ProviderSetting[] = [
  {
    name: 'allowHttpOnLoopback',
    description:
      'Allow plain-HTTP JuliaHub servers on localhost, such as `http://127.0.0.1:8080`. For development and testing.',
    schema: { type: 'boolean', default: false },
  },
];

/** @throws {@link JobError} of kind `badSetting` if the connection has no usable server address. */
async function createBackendFor(
  connection: Connection,
  { allowHttpLoopback }: AddressRules,
  deps: JuliaHubProviderDeps,
): Promise<Backend> {
  const { getFolder, extensions, clock, log } = deps;
  const { server: named } = connection.settings;
  const read = parseServer(typeof named === 'string' ? named : '', { allowHttpLoopback });
  if (!('url' in read)) {
    const why = `the connection ${connection.title} has no usable server address`;
    throw new JobError({ kind: 'badSetting', setting: 'batchJobs.connections', why });
  }
  const { url: server } = read;
  const [
    { createAxiosHttp },
    { createWebSocketClient },
    { createJuliaHubSignIn },
    { createJuliaHubBackend },
  ] = await Promise.all([
    import('../../http/axiosHttp.js'),
    import('../../http/wsClient.js'),
    import('./auth/tokens.js'),
    import('./backend.js'),
  ]);
  const http = createAxiosHttp({ clock, plainLoopback: allowHttpLoopback });
  const place = connection.title;
  const { tokens, account, apiVersion } = createJuliaHubSignIn({
    ...deps,
    http,
    server,
    place,
    allowHttpLoopback,
    // Not a valid connection id: the folder contains the locks of all connections.
    lockFolder: getFolder(juliaHubKind, '.locks'),
    extension: createExtensionSignIn(extensions),
  });
  return createJuliaHubBackend({
    connection,
    server,
    http,
    sockets: createWebSocketClient({ clock, plainLoopback: allowHttpLoopback }),
    tokens,
    account,
    apiVersion,
    folder: getFolder(juliaHubKind, connection.id),
    plainLoopback: allowHttpLoopback,
    clock,
    log,
  });
}
