import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  createJuliaHubSignIn,
  type JuliaHubSignIn,
} from '../../../../../src/backends/juliahub/auth/tokens.js';
import { getClientId, type AuthServerDeps } from '../../../../../src/backends/juliahub/auth/authResponses.js';
import type { JuliaHubSignInDeps } from '../../../../../src/backends/juliahub/auth/deps.js';
import { getServerDirectory } from '../../../../../src/backends/juliahub/serverUrl.js';
import { Emitter } from '../../../../../src/lib/event.js';
import type { SecretStore } from '../../../../../src/core/domain/ports.js';
import { fakeClock, type FakeClock } from '../../../../fakes/clock.js';
import { plainHttp } from '../../../../fakes/http.js';
import { memoryLog } from '../../../../fakes/memoryStore.js';

export const never = new AbortController().signal;
export const place = 'JuliaHub at example.org';

/** A request to the server. */
export interface Asked {
  readonly what: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The response of a route: a text is JSON or TOML as is, a number is a status. */
export type Reply = number | string | { readonly status: number; readonly text: string };
export type Route = (asked: Asked) => Reply | Promise<Reply>;

/** The environment of one sign-in: a server, a home folder, a secret storage, a clock. */
export interface World {
  readonly url: string;
  /** By method and path; requests without a route return 404. */
  readonly routes: Map<string, Route>;
  readonly asked: readonly Asked[];
  /** Number of requests: `GET /api/v1`. */
  readonly count: (what: string) => number;
  readonly home: string;
  readonly authPath: string;
  readonly secrets: SecretStore & { readonly kept: Map<string, string> };
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof memoryLog>;
  /** Writes the depot's file as Julia does. */
  readonly keep: (values: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly keptText: () => Promise<string>;
  readonly parts: (over?: Partial<JuliaHubSignInDeps>) => JuliaHubSignInDeps;
  readonly signIn: (over?: Partial<JuliaHubSignInDeps>) => JuliaHubSignIn;
  readonly server: AuthServerDeps;
  readonly end: () => Promise<void>;
}

/** A world without a sign-in. The clock starts at the machine's time, which file times use. */
export async function world(): Promise<World> {
  const routes = new Map<string, Route>();
  const asked: Asked[] = [];
  const http = createServer((request, response) => void answer(request, response, routes, asked));
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const address = http.address();
  const url = `http://127.0.0.1:${String(typeof address === 'object' && address ? address.port : 0)}`;
  const home = await mkdtemp(join(tmpdir(), 'batch-jobs-home-'));
  const path = join(home, '.julia', 'servers', getServerDirectory(url), 'auth.toml');
  const [secrets, clock, log] = [memorySecrets(), fakeClock(new Date()), memoryLog()];
  const parts = (over: Partial<JuliaHubSignInDeps> = {}): JuliaHubSignInDeps => ({
    http: plainHttp,
    server: url,
    place,
    allowHttpLoopback: true,
    env: {},
    home,
    secrets,
    clock,
    log,
    ...over,
  });
  return {
    url,
    routes,
    asked,
    count: (what) => asked.filter((one) => one.what === what).length,
    home,
    authPath: path,
    secrets,
    clock,
    log,
    keep: async (values) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, tomlOf(values));
    },
    keptText: () => readFile(path, 'utf8'),
    parts,
    signIn: (over) => createJuliaHubSignIn(parts(over)),
    server: { ...parts(), rules: { allowHttpLoopback: true }, clientId: getClientId({}) },
    end: async () => {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlyMap<string, Route>,
  asked: Asked[],
): Promise<void> {
  let body = '';
  for await (const part of request) body += String(part);
  const one = { what: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers, body };
  asked.push(one);
  const reply = (await routes.get(one.what)?.(one)) ?? 404;
  const { status, text } = typeof reply === 'object' ? reply : whole(reply);
  response.writeHead(status).end(text);
}

const whole = (reply: number | string): { readonly status: number; readonly text: string } =>
  typeof reply === 'number' ? { status: reply, text: '' } : { status: 200, text: reply };

/** Formats flat values as TOML, without the code under test. */
export const tomlOf = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join('');

/** Secrets in memory, which report changes as the editor does. */
export function memorySecrets(): World['secrets'] {
  const kept = new Map<string, string>();
  const changed = new Emitter<string>();
  return {
    kept,
    onDidChange: changed.event,
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => {
      kept.set(key, value);
      changed.fire(key);
      return Promise.resolve();
    },
    delete: (key) => {
      if (kept.delete(key)) changed.fire(key);
      return Promise.resolve();
    },
  };
}

/** Seconds since 1970, some time from now. */
export const secondsFrom = (clock: FakeClock, seconds: number): number =>
  Math.floor(clock.now().getTime() / 1000) + seconds;

/** A sign-in of the depot that is valid for this number of seconds. */
export const signInFor = (
  { clock, url }: World,
  token: string,
  seconds: number,
): Readonly<Record<string, unknown>> => ({
  expires_at: secondsFrom(clock, seconds),
  expires: secondsFrom(clock, seconds),
  id_token: token,
  access_token: `access-${token}`,
  refresh_token: `refresh-${token}`,
  refresh_url: `${url}/auth/renew/token.toml/v2/`,
  user_name: 'ada',
});

/** Makes the server accept these tokens; all others are refused with 401. */
export function knows({ routes }: World, users: Readonly<Record<string, string>>): void {
  routes.set('GET /api/v1', ({ headers }) => {
    const name = users[(headers.authorization ?? '').replace('Bearer ', '')];
    return name === undefined ? 401 : JSON.stringify({ username: name, api_version: '0.2.0' });
  });
}

/** Waits until a condition is true; fails after some seconds. */
export async function until(is: () => boolean): Promise<void> {
  const endMs = Date.now() + 5_000;
  while (!is()) {
    if (Date.now() > endMs) throw new Error('timed out');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Advances time, a second at a time, whenever something waits for it, until the work is done. */
export async function passing<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const end = (): void => over.abort();
  work.then(end, end);
  const endMs = Date.now() + 15_000;
  while (!over.signal.aborted && Date.now() < endMs) {
    if (clock.sleepers() > 0) await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}
