import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { authRoute, newSession, toml, tomlKeys, userOf } from './auth.js';
import { bucketServer, uploadAddress } from './bucket.js';
import { end as endJob, endProcess, runJob } from './engine.js';
import { read, send, text, type Asked, type Reply } from './http.js';
import { jobRoute } from './jobs.js';
import { listRoute } from './lists.js';
import { logRoute, stream } from './logs.js';
import { portServer } from './ports.js';
import { submitRoute } from './submit.js';
import { freshControls, type Controls, type DoubleJob, type FaultKind, type State } from './state.js';

/** A server that behaves as the reference says a JuliaHub server does, and counts what no client may do. */
export interface Double {
  /** `http://127.0.0.1:8128`, with the prefix if one was asked for. */
  readonly url: string;
  readonly controls: Controls;
  readonly jobs: readonly DoubleJob[];
  /** What a client did against the reference, each with its section. */
  readonly violations: readonly string[];
  /** How often a route was asked: `GET /juliaruncloud/get_jobs`. */
  readonly calls: (route: string) => number;
  /** The text of an `auth.toml` of a new sign-in. */
  readonly authToml: (user?: string) => string;
  /** The id token of a new sign-in. */
  readonly token: (user?: string) => string;
  /** No token is valid any more; refresh tokens still are, unless `refresh`. */
  readonly invalidate: (refresh?: boolean) => void;
  /** The next answers of a route are this fault. */
  readonly fault: (route: string, kind: FaultKind, times?: number) => void;
  /** All tokens and signatures that were ever given out, for a search in what must not hold them. */
  readonly secrets: () => readonly string[];
  readonly end: () => Promise<void>;
}

export interface DoubleOptions {
  readonly port?: number;
  /** A path in front of all others: `/hub`. */
  readonly prefix?: string;
  readonly controls?: Partial<Controls>;
}

export async function startJuliaHub({
  port = 0,
  prefix = '',
  controls = {},
}: DoubleOptions = {}): Promise<Double> {
  const state: State = {
    controls: { ...freshControls(), ...controls },
    sessions: new Map(),
    refresh: new Map(),
    pending: new Map(),
    jobs: [],
    uploads: new Map(),
    bundles: new Map(),
    violations: [],
    calls: new Map(),
    faults: [],
    url: '',
    bucketUrl: '',
    portsUrl: '',
  };
  const given = new Set<string>();
  const main = createServer((request, response) => {
    void serve(state, prefix, request, response).catch(() => response.destroy());
  });
  const bucket = bucketServer(state);
  const ports = portServer(state);
  listenForSockets(state, main, prefix);
  state.url = `${await listening(main, '127.0.0.1', port)}${prefix}`;
  state.bucketUrl = await listening(bucket, '127.0.0.2', 0);
  state.portsUrl = `${await listening(ports, '127.0.0.3', 0)}/`;

  return {
    url: state.url,
    controls: state.controls,
    jobs: state.jobs,
    violations: state.violations,
    calls: (route) => state.calls.get(route) ?? 0,
    authToml: (user) => toml(tomlKeys(state, newSession(state, user))),
    token: (user) => newSession(state, user).idToken,
    invalidate: (refresh = false) => {
      for (const token of state.sessions.keys()) given.add(token);
      state.sessions.clear();
      if (refresh) state.refresh.clear();
    },
    fault: (route, kind, times = 1) => void state.faults.push({ route, kind, left: times }),
    secrets: () => [...given, ...state.sessions.keys(), ...state.refresh.keys(), ...state.uploads.keys()],
    end: async () => {
      for (const job of state.jobs) {
        endProcess(job);
        if (job.ended === undefined) endJob(job, 'Stopped');
      }
      for (const server of [main, bucket, ports]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      resolve(`http://${host}:${String((server.address() as AddressInfo).port)}`);
    });
  });
}

async function serve(
  state: State,
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://double');
  if (!url.pathname.startsWith(`${prefix}/`)) {
    state.violations.push(`${url.pathname} without the prefix ${prefix} (1.1)`);
    send(response, text('not found', 404));
    return;
  }
  const asked: Asked = {
    request,
    method: request.method ?? 'GET',
    path: url.pathname
      .slice(prefix.length + 1)
      .replace(/\/$/, '')
      .split('/')
      .map(decodeURIComponent),
    query: url.searchParams,
    body: await read(request),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
  const way = `/${asked.path.join('/')}`;
  const route = `${asked.method} ${way}`;
  state.calls.set(route, (state.calls.get(route) ?? 0) + 1);
  if (state.controls.latencyMs > 0)
    await new Promise((resolve) => setTimeout(resolve, state.controls.latencyMs));
  const fault = state.faults.find((one) => one.left > 0 && way.startsWith(one.route));
  if (fault) {
    fault.left--;
    if (faulty(fault.kind, response)) return;
  }
  const reply = answerTo(state, asked);
  const cut = state.controls.cutDownloads;
  if (fault?.kind === 'truncated' || (cut > 0 && asked.path[2] === 'files')) sendCut(response, reply, cut);
  else if (fault?.kind === 'drip') await drip(response, reply);
  else send(response, reply);
}

function answerTo(state: State, asked: Asked): Reply {
  // Of the browser that shows the page of a sign-in.
  if (asked.path[0] === 'favicon.ico') return text('none', 404);
  const open = authRoute(state, asked);
  if (open) return open;
  const user = userOf(state, asked.header('authorization'));
  if (user === undefined) {
    if (asked.header('authorization') === undefined)
      state.violations.push(`${asked.path.join('/')} without a token (1.8)`);
    return text(
      'Invalid authentication',
      asked.path.join('/') === 'api/v1' ? state.controls.invalidStatus : 401,
    );
  }
  switch (`${asked.method} /${asked.path.join('/')}`) {
    case 'GET /jobs/appbundle_upload_url':
      return uploadAddress(state, asked);
    case 'POST /juliaruncloud/submit_job':
      return submitRoute(state, user, asked, (job) => void runJob(state, job));
    case 'GET /juliaruncloud/get_logs':
      return logRoute(state, user, asked);
    default:
      return listRoute(state, user, asked) ?? jobRoute(state, user, asked) ?? text('not found', 404);
  }
}

/** True: the fault is the whole answer. */
function faulty(kind: FaultKind, response: ServerResponse): boolean {
  switch (kind) {
    case 'silence':
      return true;
    case 'cut':
      response.destroy();
      return true;
    case 'html':
      send(response, {
        status: 200,
        headers: { 'Content-Type': 'text/html' },
        body: '<html>A page of a proxy</html>',
      });
      return true;
    case 'drip':
    case 'truncated':
      return false;
    case 429:
      send(response, { status: 429, headers: { 'Retry-After': '0' }, body: 'too many requests' });
      return true;
    default:
      send(response, text(`status ${String(kind)} of the stand-in`, kind));
      return true;
  }
}

/** Says the whole length and ends in the middle. */
function sendCut(response: ServerResponse, { status, headers = {}, body = '' }: Reply, after: number): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
  response.write(bytes.subarray(0, after || Math.floor(bytes.length / 2)), () => response.destroy());
}

async function drip(response: ServerResponse, { status, headers = {}, body = '' }: Reply): Promise<void> {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
  const step = Math.max(1, Math.ceil(bytes.length / 10));
  for (let at = 0; at < bytes.length; at += step) {
    response.write(bytes.subarray(at, at + step));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  response.end();
}

/** Source: reference 5.3. */
function listenForSockets(state: State, server: Server, prefix: string): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://double');
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    state.calls.set('WS', (state.calls.get('WS') ?? 0) + 1);
    const user = userOf(state, request.headers.authorization);
    if (request.headers.authorization === undefined) state.violations.push('a socket without a token (5.3)');
    if (url.searchParams.get('log_out_type') !== 'json' || url.searchParams.get('refresh_interval') === null)
      state.violations.push('a socket without log_out_type or refresh_interval (5.3)');
    const job = state.jobs.find((one) => one.name === url.searchParams.get('jobname') && one.user === user);
    if (url.pathname !== `${prefix}/ws/stream_logs`) refuse('404 Not Found');
    else if (user === undefined) refuse('401 Unauthorized');
    else if (state.controls.noSockets || !job) refuse('403 Forbidden');
    else
      sockets.handleUpgrade(request, socket, head, (open) => {
        stream(state, job, url.searchParams.get('offset'), open);
      });
  });
}
