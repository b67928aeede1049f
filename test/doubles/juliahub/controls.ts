/** What a test can turn while the server runs. Oddities are those of docs/protocols/juliahub.md, 10.3. */
export interface Controls {
  // Answers
  /** Milliseconds before each answer. */
  latencyMs: number;
  /** What the fault 429 says in `Retry-After`. */
  retryAfterSeconds: number;
  /** Milliseconds by which the server's clock is ahead of this machine's. */
  clockSkewMs: number;

  // Signing in
  /** Who signs in where a page is approved. */
  user: string;
  /** Milliseconds for which an id token is valid. */
  tokenMs: number;
  /** What a token that is not valid is answered with by `/api/v1`. */
  invalidStatus: 401 | 500;
  /** A refresh ends the id token from before; else that lives until it expires. */
  oldTokenDies: boolean;
  /** undefined: the configuration does not name any, as with old servers. */
  flows: readonly ('classic' | 'device')[] | undefined;
  /** How the new tokens of a sign-in are to be refreshed: the TOML answer, or the JSON of `/dex/token`. */
  refreshStyle: 'toml' | 'dex';
  /** Seconds between polls that the device flow asks for. */
  interval: number;
  /** Polls that are answered with `slow_down` though they came in time; counts down. */
  slowDowns: number;
  /** What polls are answered with until the page is used. */
  pendingStatus: 400 | 401;
  /** Milliseconds until a device code or a challenge expires. */
  codeMs: number;
  /** How a waiting challenge tells its end. */
  classicExpiry: 'point' | 'remaining';
  /** A server up to 6.1: `/api/v1` answers 404, and there are neither products nor projects. */
  legacy: boolean;
  /** From `0.0.1` on there are products, from `0.2.0` on projects. */
  apiVersion: string;
  /** `/api/v1` leaves `username` out. */
  noUsername: boolean;

  /** The last word on what a list answers: other images, applications, nodes, `success: false`. `way` is its path. */
  alterList: ((way: string, answer: unknown) => unknown) | undefined;

  // Submitting
  /** Answer to the next submissions instead of accepting them. */
  refuseSubmit: string | undefined;
  /** How many jobs of a user may be active. */
  rateLimit: number | undefined;
  /** The bucket breaks off uploads in the middle. */
  failUploads: boolean;

  // Jobs
  /** Milliseconds until a submitted job starts. */
  startMs: number;
  /** What a job's status is, one after the other, in that time. */
  startWords: readonly string[];
  /** Milliseconds that an hour of a time limit takes. */
  hourMs: number;
  /** What a job is when its time limit ends it. */
  statusAtLimit: string;
  /** Milliseconds for which a killed job is still told as it was. */
  killLagMs: number;
  /** Kill answers 200 with `status: false` and this. */
  refuseKill: string | undefined;
  /** Extending answers 200 with `success: false` and this. */
  refuseExtend: string | undefined;
  /** How extending a job that is not there is answered. */
  unknownExtend: 403 | 'invalid';
  /** Entries put into the list of jobs as they are. */
  oddJobs: unknown[];
  /** The last word on a job as it is told: null fields, other types, fields nobody knows. */
  alterJob: ((job: Record<string, unknown>) => unknown) | undefined;
  /** Inputs are escaped once more. */
  doubleEscaped: boolean;

  // Files
  /** How hashes of files are told. */
  hashes: 'hex' | 'base64' | 'none';
  /** What a folder of results arrives as. */
  archive: 'tar' | 'tar.gz';
  /** Downloads are redirected to the bucket's host. */
  redirectDownloads: boolean;
  /** Downloads break off after so many bytes; 0: never. */
  cutDownloads: number;
  /** Downloads hold other bytes than their hash says. */
  spoilDownloads: boolean;

  // Logs
  /** Entries in a page of logs; the real server has 10 000. */
  pageSize: number;
  /** Milliseconds until an entry is in the pages; sockets have it at once. */
  logLagMs: number;
  /** How times in logs are told. */
  logTimes: 'iso' | 'plain' | 'number' | 'none';
  /** Entries have an `eventId`. */
  eventIds: boolean;
  /** The body of log pages is JSON, not JSON in a JSON text. */
  plainLogs: boolean;
  /** Pages answer 200 with `success: false` and this. */
  refuseLogs: string | undefined;
  /** The last word on an entry as it is told. */
  alterLog: ((entry: Record<string, unknown>) => unknown) | undefined;
  /** No socket is accepted. */
  noSockets: boolean;
  /** Sockets are dropped after so many messages; 0: never. */
  dropSocketEvery: number;
  /** Milliseconds between empty messages. */
  keepAliveMs: number;
  /** So many entries from before the offset are sent again. */
  repeatOnSocket: number;
  /** Sockets begin with the mark of a log's top, which clients ignore. */
  topOnSocket: boolean;

  // Ports
  /** Ports answer 502 although their program listens. */
  portsDown: boolean;
}

/** A server as the reference describes it, with a node that starts quickly. */
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
