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
 * A server that behaves as a JuliaHub server does according to the documentation, and records violations by
 * clients. It is based only on docs/protocols/juliahub.md. Uploads and redirected downloads use another host
 * (127.0.0.2), and each job's port has its own origin (127.0.0.3).
 */
export interface Double {
  /** `http://127.0.0.1:8128`, with the requested host and prefix. */
  readonly url: string;
  /** The host of presigned URLs. */
  readonly bucketUrl: string;
  readonly controls: Controls;
  /** Newest first. */
  readonly jobs: readonly DoubleJob[];
  /** All submissions, accepted or not, oldest first. */
  readonly received: readonly Received[];
  /** Violations of the documented protocol by clients, each with its section. */
  readonly violations: readonly string[];
  /**
   * Number of requests to a route: `GET /juliaruncloud/get_jobs`, `PUT /bucket/appbundle.tar`, `GET /port/`,
   * `WS`.
   */
  readonly calls: (route: string) => number;
  /** The text of an `auth.toml` for a new sign-in. */
  readonly authToml: (user?: string) => string;
  /** The id token of a new sign-in. */
  readonly token: (user?: string) => string;
  /** A new sign-in with all its tokens. */
  readonly issue: (user?: string) => Session;
  /** Invalidates all id tokens, or only this one; refresh tokens remain valid, unless `refresh`. */
  readonly invalidate: (refresh?: boolean, idToken?: string) => void;
  /** The next responses of a route have this fault; see {@link FaultKind}. */
  readonly fault: (route: string, kind: FaultKind, times?: number) => void;
  /** Removes all faults. */
  readonly heal: () => void;
  /** The next submission must contain exactly this value in a field; otherwise a violation is recorded. */
  readonly expect: (field: string, value: string) => void;
  /** Adds a job that was not submitted. */
  readonly inject: (job: Injected) => DoubleJob;
  /** Adds a line to a job's log. */
  readonly append: (
    job: DoubleJob,
    message: string,
    more?: Partial<Omit<LogEntry, 'id' | 'message'>>,
  ) => void;
  /** Ends a job with this status, whatever it does. */
  readonly finish: (job: DoubleJob, status: string) => void;
  /** All tokens, codes, signatures and passwords ever issued, to search for them in logs and files. */
  readonly secrets: () => readonly string[];
  /** Ends all jobs and their processes, and closes all connections. */
  readonly end: () => Promise<void>;
}

export interface DoubleOptions {
  /** An address of this machine. */
  readonly host?: string;
  readonly port?: number;
  /** A path prefix of all other paths: `/hub`. */
  readonly prefix?: string;
  readonly controls?: Partial<Controls>;
  /** The Julia executable for jobs; undefined: found when needed; false: none. */
  readonly julia?: string | false;
  /** Called with each request and the status of its response, without secrets. */
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

/** The part of a server that is visible to tests. */
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
