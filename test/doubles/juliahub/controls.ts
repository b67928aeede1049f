/**
 * Settings that a test can change while the server runs. The oddities are those of
 * docs/protocols/juliahub.md, 10.3.
 */
export interface Controls {
  // Responses
  /** Delay of each response, in milliseconds. */
  latencyMs: number;
  /** The value of `Retry-After` for the fault 429. */
  retryAfterSeconds: number;
  /** How far the server's clock is ahead of this machine's, in milliseconds. */
  clockSkewMs: number;

  // Signing in
  /** The user who signs in when a page is approved. */
  user: string;
  /** Lifetime of an id token, in milliseconds. */
  tokenMs: number;
  /** The status of `/api/v1` for an invalid token. */
  invalidStatus: 401 | 500;
  /** True: a refresh invalidates the previous id token; otherwise it remains valid until it expires. */
  oldTokenDies: boolean;
  /** Undefined: the configuration contains no flows, as on old servers. */
  flows: readonly ('classic' | 'device')[] | undefined;
  /** How tokens are refreshed: a TOML response, or the JSON of `/dex/token`. */
  refreshStyle: 'toml' | 'dex';
  /** Poll interval of the device flow, in seconds. */
  interval: number;
  /** Number of polls answered with `slow_down` although they were not too early; counts down. */
  slowDowns: number;
  /** The status of polls until the page is used. */
  pendingStatus: 400 | 401;
  /** Milliseconds until a device code or a challenge expires. */
  codeMs: number;
  /** The form of the deadline of a pending challenge. */
  classicExpiry: 'point' | 'remaining';
  /** A server up to 6.1: `/api/v1` returns 404, and neither products nor projects exist. */
  legacy: boolean;
  /** Products exist from `0.0.1` on, projects from `0.2.0` on. */
  apiVersion: string;
  /** `/api/v1` omits `username`. */
  noUsername: boolean;

  /**
   * Replaces the response of a list, for example with other images, applications or nodes, or with
   * `success: false`. `way` is its path.
   */
  alterList: ((way: string, answer: unknown) => unknown) | undefined;

  // Submitting
  /** Refuses the next submissions with this message. */
  refuseSubmit: string | undefined;
  /** Maximum number of active jobs per user. */
  rateLimit: number | undefined;
  /** The bucket interrupts uploads. */
  failUploads: boolean;

  // Jobs
  /** Milliseconds until a submitted job starts. */
  startMs: number;
  /** The statuses of a job during that time, in order. */
  startWords: readonly string[];
  /** Duration of one hour of a time limit, in milliseconds. */
  hourMs: number;
  /** The status of a job that reached its time limit. */
  statusAtLimit: string;
  /** Milliseconds for which a killed job is still returned unchanged. */
  killLagMs: number;
  /** Kill returns 200 with `status: false` and this message. */
  refuseKill: string | undefined;
  /** Extending returns 200 with `success: false` and this message. */
  refuseExtend: string | undefined;
  /** The response to extending an unknown job. */
  unknownExtend: 403 | 'invalid';
  /** Entries added unchanged to the list of jobs. */
  oddJobs: unknown[];
  /** Replaces a returned job, for example with null fields, other types or unknown fields. */
  alterJob: ((job: Record<string, unknown>) => unknown) | undefined;
  /** Inputs are escaped twice. */
  doubleEscaped: boolean;

  // Files
  /** The encoding of file hashes. */
  hashes: 'hex' | 'base64' | 'none';
  /** The archive format of a results folder. */
  archive: 'tar' | 'tar.gz';
  /** Downloads are redirected to the bucket's host. */
  redirectDownloads: boolean;
  /** Downloads are interrupted after this number of bytes; 0: never. */
  cutDownloads: number;
  /** Downloads contain other bytes than their hash. */
  spoilDownloads: boolean;

  // Logs
  /** Number of entries in a log page; 10 000 on the real server. */
  pageSize: number;
  /** Milliseconds until an entry is in the pages; sockets deliver it immediately. */
  logLagMs: number;
  /** The form of timestamps in logs. */
  logTimes: 'iso' | 'plain' | 'number' | 'none';
  /** Entries have an `eventId`. */
  eventIds: boolean;
  /** The body of log pages is JSON instead of JSON in a JSON string. */
  plainLogs: boolean;
  /** Log pages return 200 with `success: false` and this reason. */
  refuseLogs: string | undefined;
  /** Replaces a returned entry. */
  alterLog: ((entry: Record<string, unknown>) => unknown) | undefined;
  /** Refuses all sockets. */
  noSockets: boolean;
  /** Sockets are closed after this number of messages; 0: never. */
  dropSocketEvery: number;
  /** Milliseconds between empty messages. */
  keepAliveMs: number;
  /** Number of entries before the offset that are sent again. */
  repeatOnSocket: number;
  /** Sockets start with the mark of the log's top, which clients ignore. */
  topOnSocket: boolean;

  // Ports
  /** Ports return 502 although their program listens. */
  portsDown: boolean;
}

/** A server that behaves as documented, with a node that starts quickly. */
export const freshControls = (): Controls => ({
  latencyMs: 0,
  retryAfterSeconds: 0,
  clockSkewMs: 0,
  user: 'ada',
  tokenMs: 86_400_000,
  invalidStatus: 401,
  oldTokenDies: false,
  flows: ['classic', 'device'],
  refreshStyle: 'toml',
  interval: 1,
  slowDowns: 0,
  pendingStatus: 400,
  codeMs: 300_000,
  classicExpiry: 'point',
  legacy: false,
  apiVersion: '0.2.0',
  noUsername: false,
  alterList: undefined,
  refuseSubmit: undefined,
  rateLimit: undefined,
  failUploads: false,
  startMs: 20,
  startWords: ['Submitted'],
  hourMs: 3_600_000,
  statusAtLimit: 'Stopped',
  killLagMs: 0,
  refuseKill: undefined,
  refuseExtend: undefined,
  unknownExtend: 403,
  oddJobs: [],
  alterJob: undefined,
  doubleEscaped: false,
  hashes: 'hex',
  archive: 'tar',
  redirectDownloads: false,
  cutDownloads: 0,
  spoilDownloads: false,
  pageSize: 10_000,
  logLagMs: 0,
  logTimes: 'iso',
  eventIds: true,
  plainLogs: false,
  refuseLogs: undefined,
  alterLog: undefined,
  noSockets: false,
  dropSocketEvery: 0,
  keepAliveMs: 500,
  repeatOnSocket: 0,
  topOnSocket: false,
  portsDown: false,
});
