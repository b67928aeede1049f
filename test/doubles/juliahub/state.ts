import type { Server } from 'node:http';
import type { Controls } from './controls.js';
import type { Fault } from './faults.js';

/** A line of a job's log. Ids count from 1. */
export interface LogEntry {
  readonly id: number;
  readonly ms: number;
  readonly message: string;
  /** undefined: printed, not logged. */
  readonly level?: string;
  readonly keywords?: Readonly<Record<string, string>>;
  readonly module?: string;
  readonly file?: string;
  readonly line?: number;
}

/** The lines of a log, which may be made as they are asked for. */
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
  /** What it was submitted with. */
  readonly fields: ReadonlyMap<string, string>;
  status: string;
  readonly submitted: number;
  started?: number;
  ended?: number;
  results: string;
  /** undefined: without limit. */
  limitHours: number | undefined;
  readonly log: LogEntry[];
  /** Made as they are asked for; they stand before {@link log}. */
  readonly lazy?: Entries;
  readonly files: StoredFile[];
  /** The port of the program behind the proxy. */
  port?: number;
  /** Where the proxy is: `http://127.0.0.3:8128/`. */
  link?: string;
  proxy?: Server;
  /** Ends it, whatever it does; the reason is the status that follows. */
  readonly stop: AbortController;
  /** Called when something about it is another. */
  readonly listeners: Set<() => void>;
}

export interface Session {
  readonly user: string;
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly refreshUrl: string;
  /** Milliseconds, by the server's clock. */
  readonly expires: number;
}

/** A sign-in that waits for its page. */
export interface Pending {
  readonly kind: 'device' | 'classic';
  /** The device code, or the challenge. */
  readonly code: string;
  /** What the page is found by: the user code, or the response. */
  readonly userCode: string;
  state: 'pending' | 'approved' | 'denied' | 'used';
  readonly expires: number;
  lastPoll: number;
  intervalMs: number;
}

/** An address to which one file can be put, once. */
export interface Upload {
  readonly user: string;
  readonly size: number;
  readonly hash: string;
  used: boolean;
}

/** A submission as it arrived, accepted or not. */
export interface Received {
  readonly user: string;
  readonly fields: ReadonlyMap<string, string>;
  /** Each value's bytes. */
  readonly bytes: ReadonlyMap<string, Buffer>;
}

/** All that the server knows. */
export interface State {
  readonly controls: Controls;
  /** The julia for jobs; undefined: the one of test/engines; false: there is none. */
  readonly julia: string | false | undefined;
  /** By id token. */
  readonly sessions: Map<string, Session>;
  /** By refresh token. */
  readonly refresh: Map<string, Session>;
  /** Refresh tokens that were used. */
  readonly rotated: Set<string>;
  /** All tokens, signatures and passwords that ever were. */
  readonly secrets: Set<string>;
  /** By device code, or by response. */
  readonly pending: Map<string, Pending>;
  /** Newest first. */
  readonly jobs: DoubleJob[];
  /** Jobs that are being run. */
  readonly running: Set<Promise<void>>;
  /** Addresses for uploads, by their signature. */
  readonly uploads: Map<string, Upload>;
  /** Addresses for downloads, by their signature. */
  readonly downloads: Map<string, StoredFile>;
  /** Uploaded bundles by their hash. */
  readonly bundles: Map<string, Buffer>;
  readonly received: Received[];
  /** What the next submissions have to hold. */
  readonly expected: { readonly field: string; readonly value: string }[];
  readonly violations: string[];
  readonly calls: Map<string, number>;
  readonly faults: Fault[];
  /** Told of each request. */
  readonly onRequest: ((line: string) => void) | undefined;
  url: string;
  bucketUrl: string;
}

/** All of a job's log. */
export const entriesOf = ({ lazy, log }: DoubleJob): Entries => {
  if (!lazy) return { length: log.length, at: (index) => log[index] };
  return {
    length: lazy.length + log.length,
    at: (index) => (index < lazy.length ? lazy.at(index) : log[index - lazy.length]),
  };
};

/** The server's time. */
export const now = (state: State): number => Date.now() + state.controls.clockSkewMs;

/** True where the server has products and their images. Source: docs/protocols/juliahub.md, 1.7 and 12.3. */
export const hasProducts = ({ controls }: State): boolean =>
  !controls.legacy && controls.apiVersion !== '0.0.0';

/** True where it has projects, from 0.2 on. Source: docs/protocols/juliahub.md, 1.7 and 12.3. */
export const hasProjects = ({ controls }: State): boolean => {
  const [major = 0, minor = 0] = controls.apiVersion.split('.').map(Number);
  return !controls.legacy && (major > 0 || minor >= 2);
};

/** Counts what a client did against the reference. `section` is of juliahub.md. */
export function violate(state: State, what: string, section: string): void {
  state.violations.push(`${what} (${section})`);
}

export function count(state: State, route: string): void {
  state.calls.set(route, (state.calls.get(route) ?? 0) + 1);
}
