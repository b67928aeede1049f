import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJuliaHubSignIn } from '../../src/backends/juliahub/auth/tokens.js';
import { createJuliaHubBackend } from '../../src/backends/juliahub/backend.js';
import { getServerDirectory } from '../../src/backends/juliahub/serverUrl.js';
import { createAxiosHttp } from '../../src/http/axiosHttp.js';
import { createWebSocketClient } from '../../src/http/wsClient.js';
import type { Backend } from '../../src/core/domain/backend.js';
import { Emitter } from '../../src/lib/event.js';
import type { Clock, Log, SecretStore } from '../../src/core/domain/ports.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import { startJuliaHub, type Double, type DoubleOptions } from '../doubles/juliahub/double.js';
import { mkdir } from 'node:fs/promises';

/** A JuliaHub test server, and the dependencies of a window with a connection to it. */
export interface Hub {
  readonly double: Double;
  /** A backend as in another window: the same depot and folder. */
  readonly window: () => Backend;
  /** Julia's depot, with the user signed in. */
  readonly depot: string;
  readonly authFile: string;
  readonly signIn: (toml?: string) => Promise<void>;
  /** Everything logged, including errors; searched for secrets at the end. */
  readonly said: string[];
  readonly end: () => Promise<void>;
}

/** An in-memory secret store. */
export function memorySecrets(): SecretStore {
  const kept = new Map<string, string>();
  const changed = new Emitter<string>();
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => {
      kept.set(key, value);
      changed.fire(key);
      return Promise.resolve();
    },
    delete: (key) => {
      kept.delete(key);
      changed.fire(key);
      return Promise.resolve();
    },
    onDidChange: changed.event,
  };
}

/** Starts a test server and signs in. `clock` is the clock of its windows. */
export async function hub(options: DoubleOptions = {}, clock: Clock = systemClock): Promise<Hub> {
  const double = await startJuliaHub(options);
  const root = await mkdtemp(join(tmpdir(), 'batch-jobs-hub-'));
  const depot = join(root, 'depot');
  const folder = join(depot, 'servers', getServerDirectory(double.url));
  const authFile = join(folder, 'auth.toml');
  const signIn = async (toml = double.authToml()): Promise<void> => {
    await mkdir(folder, { recursive: true });
    await writeFile(authFile, toml, { mode: 0o600 });
  };
  await signIn();
  const said: string[] = [];
  const log: Log = {
    info: (text) => void said.push(text),
    warn: (text) => void said.push(text),
    error: (text, cause) => void said.push(`${text} ${String(cause)}`),
  };
  const secrets = memorySecrets();
  const window = (): Backend => {
    const http = createAxiosHttp({ clock, plainLoopback: true });
    const { tokens, account, apiVersion } = createJuliaHubSignIn({
      http,
      server: double.url,
      place: 'JuliaHub',
      allowHttpLoopback: true,
      env: { JULIA_DEPOT_PATH: depot },
      home: root,
      secrets,
      clock,
      log,
    });
    return createJuliaHubBackend({
      connection: { id: 'hub', kind: 'juliahub', title: 'JuliaHub', settings: { server: double.url } },
      server: double.url,
      http,
      sockets: createWebSocketClient({ clock, plainLoopback: true }),
      tokens,
      account,
      apiVersion,
      folder: join(root, 'remembered'),
      plainLoopback: true,
      clock,
      log,
    });
  };
  return {
    double,
    window,
    depot,
    authFile,
    signIn,
    said,
    end: async () => {
      await double.end();
      await rm(root, { recursive: true, force: true });
    },
  };
}
