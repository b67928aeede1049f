import type { ChildProcess } from 'node:child_process';

/** What a test can turn while the server runs. */
export interface Controls {
  /** Entries in a page of logs; the real server has 10 000. */
  pageSize: number;
  /** Milliseconds before each answer. */
  latencyMs: number;
  /** Milliseconds for which an id token is valid. */
  tokenMs: number;
  /** Answer to the next submissions instead of accepting them. */
  refuseSubmit: string | undefined;
  /** Sockets are dropped after so many messages; 0: never. */
  dropSocketEvery: number;
  /** No socket is accepted. */
  noSockets: boolean;
  /** Ports answer 502 although their program listens. */
  portsDown: boolean;
  /** Downloads are redirected to the bucket's host. */
  redirectDownloads: boolean;
  /** Milliseconds until a killed job is told as stopped. */
  killLagMs: number;
  /** Milliseconds that an hour of a time limit takes. */
  hourMs: number;
  /** How times in logs are told. */
  logTimes: 'iso' | 'plain' | 'number';
  /** How hashes of files are told. */
  hashes: 'hex' | 'base64' | 'none';
  /** Inputs are escaped once more. */
  doubleEscaped: boolean;
  /** The body of log pages is one JSON text or JSON in a JSON text. */
  plainLogs: boolean;
  /** `/api/v1` answers 404, as old servers do. */
  legacy: boolean;
  /** What a token that is not valid is answered with. */
  invalidStatus: 401 | 500;
  flows: readonly ('classic' | 'device')[];
  /** Seconds between polls that the device flow asks for. */
  interval: number;
  /** Downloads break off after so many bytes; 0: never. */
  cutDownloads: number;
  /** The bucket breaks off uploads in the middle. */
  failUploads: boolean;
  /** Entries put into the list of jobs as they are. */
  oddJobs: unknown[];
  /** Milliseconds until a submitted job starts. */
  startMs: number;
}

export interface LogEntry {
  readonly id: number;
  readonly ms: number;
  readonly message: string;
  readonly level?: string;
  readonly keywords?: Readonly<Record<string, string>>;
}

export interface StoredFile {
  readonly name: string;
  readonly type: 'input' | 'source' | 'project' | 'result';
  readonly bytes: Buffer;
}

export interface DoubleJob {
  readonly id: number;
  readonly name: string;
  readonly user: string;
  readonly fields: ReadonlyMap<string, string>;
  status: string;
  readonly submitted: number;
  started?: number;
  ended?: number;
  results: string;
  limitHours: number | undefined;
  readonly log: LogEntry[];
  readonly files: StoredFile[];
  /** The port of the program behind the proxy. */
  port?: number;
  child?: ChildProcess;
  /** Something about it is another. */
  readonly listeners: Set<() => void>;
}

export interface Session {
  readonly user: string;
  readonly idToken: string;
  refreshToken: string;
  expires: number;
}

/** A sign-in that waits for its page. */
export interface Pending {
  readonly kind: 'device' | 'classic';
  readonly code: string;
  readonly userCode: string;
  state: 'pending' | 'approved' | 'denied' | 'used';
  readonly expires: number;
  lastPoll: number;
}

/** All that the server knows. */
export interface State {
  readonly controls: Controls;
  readonly sessions: Map<string, Session>;
  readonly refresh: Map<string, Session>;
  readonly pending: Map<string, Pending>;
  readonly jobs: DoubleJob[];
  /** Addresses for uploads, by their signature. */
  readonly uploads: Map<string, { readonly size: number; readonly hash: string; used: boolean }>;
  /** Uploaded bundles by their hash. */
  readonly bundles: Map<string, Buffer>;
  readonly violations: string[];
  readonly calls: Map<string, number>;
  readonly faults: Fault[];
  url: string;
  bucketUrl: string;
  portsUrl: string;
}

export interface Fault {
  /** How the route's path begins: `/juliaruncloud/get_jobs`. */
  readonly route: string;
  readonly kind: FaultKind;
  left: number;
}

export type FaultKind =
  401 | 403 | 404 | 429 | 500 | 502 | 503 | 'html' | 'truncated' | 'silence' | 'drip' | 'cut';

export const freshControls = (): Controls => ({
  pageSize: 10_000,
  latencyMs: 0,
  tokenMs: 86_400_000,
  refuseSubmit: undefined,
  dropSocketEvery: 0,
  noSockets: false,
  portsDown: false,
  redirectDownloads: false,
  killLagMs: 0,
  hourMs: 3_600_000,
  logTimes: 'iso',
  hashes: 'hex',
  doubleEscaped: false,
  plainLogs: false,
  legacy: false,
  invalidStatus: 401,
  flows: ['classic', 'device'],
  interval: 1,
  cutDownloads: 0,
  failUploads: false,
  oddJobs: [],
  startMs: 20,
});
