import type { Server } from 'node:http';
import type { Controls } from './controls.js';
import type { Fault } from './faults.js';

/** A line of a job's log. Ids count from 1. */
export interface LogEntry {
  readonly id: number;
  readonly ms: number;
  readonly message: string;
  /** Undefined: printed, not logged. */
  readonly level?: string;
  readonly keywords?: Readonly<Record<string, string>>;
  readonly module?: string;
  readonly file?: string;
  readonly line?: number;
}

/** The lines of a log, which can be generated when they are read. */
export interface Entries {
  readonly length: number;
  readonly at: (index: number) => LogEntry | undefined;
}

export type FileType = 'input' | 'source' | 'project' | 'result';

export interface StoredFile {
  readonly name: string;
  readonly type: FileType;
  readonly bytes: Buffer;
  readonly uploaded?: number;
}

export interface DoubleJob {
  readonly id: number;
  readonly name: string;
  readonly user: string;
  /** The form it was submitted with. */
  readonly fields: ReadonlyMap<string, string>;
  status: string;
  readonly submitted: number;
  started?: number;
  ended?: number;
  results: string;
  /** Undefined: no limit. */
  limitHours: number | undefined;
  readonly log: LogEntry[];
  /** Lines generated when they are read, before those in {@link log}. */
  readonly lazy?: Entries;
  readonly files: StoredFile[];
  /** The port of the program behind the proxy. */
  port?: number;
  /** The URL of the proxy: `http://127.0.0.3:8128/`. */
  link?: string;
  proxy?: Server;
  /** Ends the job, whatever it does; the reason is its new status. */
  readonly stop: AbortController;
  /** Called after each change of the job. */
  readonly listeners: Set<() => void>;
}

export interface Session {
  readonly user: string;
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly refreshUrl: string;
  /** Milliseconds since 1970, by the server's clock. */
  readonly expires: number;
}

/** A sign-in that waits for its approval. */
export interface Pending {
  readonly kind: 'device' | 'classic';
  /** The device code, or the challenge. */
  readonly code: string;
  /** The key of its page: the user code, or the response. */
  readonly userCode: string;
  state: 'pending' | 'approved' | 'denied' | 'used';
  readonly expires: number;
  lastPoll: number;
  intervalMs: number;
}

/** A URL to which one file can be uploaded, once. */
export interface Upload {
  readonly user: string;
  readonly size: number;
  readonly hash: string;
  used: boolean;
}

/** A submission as received, accepted or not. */
export interface Received {
  readonly user: string;
  readonly fields: ReadonlyMap<string, string>;
  /** The bytes of each value. */
  readonly bytes: ReadonlyMap<string, Buffer>;
}

/** The state of the server. */
export interface State {
  readonly controls: Controls;
  /** The Julia executable for jobs; undefined: the one of test/engines; false: none. */
  readonly julia: string | false | undefined;
  /** By id token. */
  readonly sessions: Map<string, Session>;
  /** By refresh token. */
  readonly refresh: Map<string, Session>;
  /** Refresh tokens that were used. */
  readonly rotated: Set<string>;
  /** All tokens, signatures and passwords ever issued. */
  readonly secrets: Set<string>;
  /** By device code, or by response. */
  readonly pending: Map<string, Pending>;
  /** Newest first. */
  readonly jobs: DoubleJob[];
  /** Jobs that are running. */
  readonly running: Set<Promise<void>>;
  /** Uploads by the signature of their URL. */
  readonly uploads: Map<string, Upload>;
  /** Downloads by the signature of their URL. */
  readonly downloads: Map<string, StoredFile>;
  /** Uploaded bundles by hash. */
  readonly bundles: Map<string, Buffer>;
  readonly received: Received[];
  /** Field values that the next submission must contain. */
  readonly expected: { readonly field: string; readonly value: string }[];
  readonly violations: string[];
  readonly calls: Map<string, number>;
  readonly faults: Fault[];
  /** Called for each request. */
  readonly onRequest: ((line: string) => void) | undefined;
  url: string;
  bucketUrl: string;
}

/** All entries of a job's log. */
export const entriesOf = ({ lazy, log }: DoubleJob): Entries => {
  if (!lazy) return { length: log.length, at: (index) => log[index] };
  return {
    length: lazy.length + log.length,
    at: (index) => (index < lazy.length ? lazy.at(index) : log[index - lazy.length]),
  };
};

/** The server's time. */
export const now = (state: State): number => Date.now() + state.controls.clockSkewMs;

/** True if the server has products and their images. Source: docs/protocols/juliahub.md, 1.7 and 12.3. */
export const hasProducts = ({ controls }: State): boolean =>
  !controls.legacy && controls.apiVersion !== '0.0.0';

/** True if the server has projects, from 0.2 on. Source: docs/protocols/juliahub.md, 1.7 and 12.3. */
export const hasProjects = ({ controls }: State): boolean => {
  const [major = 0, minor = 0] = controls.apiVersion.split('.').map(Number);
  return !controls.legacy && (major > 0 || minor >= 2);
};

/** Records a violation of the documented protocol by a client. `section` is a section of juliahub.md. */
export function violate(state: State, what: string, section: string): void {
  state.violations.push(`${what} (${section})`);
}

export function count(state: State, route: string): void {
  state.calls.set(route, (state.calls.get(route) ?? 0) + 1);
}
