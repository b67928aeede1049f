import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSession, toml, tomlKeys } from './auth.js';
import { bucketServer } from './bucket.js';
import { freshControls, type Controls } from './controls.js';
import type { FaultKind } from './faults.js';
import { add, inject, type Injected } from './lifecycle.js';
import { serve } from './serve.js';
import { listenForSockets } from './sockets.js';
import type { DoubleJob, LogEntry, Received, Session, State } from './state.js';

/**
 * A server that behaves as the reference says a JuliaHub server does, and counts what no client may do. It is written
 * from docs/protocols/juliahub.md alone. Uploads and redirected downloads go to another host (127.0.0.2), and each job's
 * port has an origin of its own (127.0.0.3).
 */
export interface Double {
  /** `http://127.0.0.1:8128`, with the host and the prefix that were asked for. */
  readonly url: string;
  /** Where presigned addresses are. */
  readonly bucketUrl: string;
  readonly controls: Controls;
  /** Newest first. */
  readonly jobs: readonly DoubleJob[];
  /** Every submission, accepted or not, oldest first. */
  readonly received: readonly Received[];
  /** What a client did against the reference, each with its section. */
  readonly violations: readonly string[];
  /** How often a route was asked: `GET /juliaruncloud/get_jobs`, `PUT /bucket/appbundle.tar`, `GET /port/`, `WS`. */
  readonly calls: (route: string) => number;
  /** The text of an `auth.toml` of a new sign-in. */
  readonly authToml: (user?: string) => string;
  /** The id token of a new sign-in. */
  readonly token: (user?: string) => string;
  /** A new sign-in, with all its tokens. */
  readonly issue: (user?: string) => Session;
  /** No id token is valid any more, or just this one; refresh tokens still are, unless `refresh`. */
  readonly invalidate: (refresh?: boolean, idToken?: string) => void;
  /** The next answers of a route are this fault; see {@link FaultKind}. */
  readonly fault: (route: string, kind: FaultKind, times?: number) => void;
  /** No fault is left. */
  readonly heal: () => void;
  /** The next submission has to hold just this in a field, else it is a violation. */
  readonly expect: (field: string, value: string) => void;
  /** Puts a job there that nobody submitted. */
  readonly inject: (job: Injected) => DoubleJob;
  /** Adds a line to a job's log. */
  readonly append: (
    job: DoubleJob,
    message: string,
    more?: Partial<Omit<LogEntry, 'id' | 'message'>>,
  ) => void;
  /** Ends a job, whatever it does. */
  readonly finish: (job: DoubleJob, status: string) => void;
  /** All tokens, codes, signatures and passwords that ever were, for a search in what must not hold them. */
  readonly secrets: () => readonly string[];
  /** Ends all jobs and their processes, and all connections. */
  readonly end: () => Promise<void>;
}

export interface DoubleOptions {
  /** An address of this machine. */
  readonly host?: string;
  readonly port?: number;
  /** A path in front of all others: `/hub`. */
  readonly prefix?: string;
  readonly controls?: Partial<Controls>;
  /** The julia for jobs; undefined: one is looked for when it is needed; false: there is none. */
  readonly julia?: string | false;
  /** Told of each request, its answer's status, and no secret. */
  readonly onRequest?: (line: string) => void;
}

/** Starts a server on this machine's loopback addresses. */
export async function startJuliaHub(options: DoubleOptions = {}): Promise<Double> {
  const { host = '127.0.0.1', port = 0, prefix = '' } = options;
  const state = newState(options);
  const main = createServer((request, response) => {
    void serve(state, prefix, request, response).catch(() => response.destroy());
  });
  const bucket = bucketServer(state);
  const closeSockets = listenForSockets(state, main, prefix);
  state.url = `${await listening(main, host, port)}${prefix}`;
  state.bucketUrl = await listening(bucket, '127.0.0.2', 0);
  return {
    ...faceOf(state),
    end: async () => {
      for (const job of state.jobs) job.stop.abort('Stopped');
      await Promise.all(state.running);
      closeSockets();
      await Promise.all([main, bucket].map(closed));
    },
  };
}

function newState({ controls, julia, onRequest }: DoubleOptions): State {
  return {
    controls: { ...freshControls(), ...controls },
    julia,
    sessions: new Map(),
    refresh: new Map(),
    rotated: new Set(),
    secrets: new Set(),
    pending: new Map(),
    jobs: [],
    running: new Set(),
    uploads: new Map(),
    downloads: new Map(),
    bundles: new Map(),
    received: [],
    expected: [],
    violations: [],
    calls: new Map(),
    faults: [],
    onRequest,
    url: '',
    bucketUrl: '',
  };
}

/** What a test sees of a server. */
function faceOf(state: State): Omit<Double, 'end'> {
  return {
    url: state.url,
    bucketUrl: state.bucketUrl,
    controls: state.controls,
    jobs: state.jobs,
    received: state.received,
    violations: state.violations,
    calls: (route) => state.calls.get(route) ?? 0,
    authToml: (user) => toml(tomlKeys(state, newSession(state, user))),
    token: (user) => newSession(state, user).idToken,
    issue: (user) => newSession(state, user),
    invalidate: (refresh = false, idToken) => {
      if (idToken === undefined) state.sessions.clear();
      else state.sessions.delete(idToken);
      if (refresh) state.refresh.clear();
    },
    fault: (route, kind, times = 1) => void state.faults.push({ route, kind, left: times }),
    heal: () => void state.faults.splice(0),
    expect: (field, value) => void state.expected.push({ field, value }),
    inject: (job) => inject(state, job),
    append: (job, message, more) => add(state, job, message, more),
    finish: (job, status) => job.stop.abort(status),
    secrets: () => [...state.secrets],
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

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
