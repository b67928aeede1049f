import * as z from 'zod/mini';
import type { Account } from '../../core/domain/account.js';
import type { Backend, JobQueries } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import { isActive, type Job, type JobId } from '../../core/domain/job.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { Http } from '../../http/http.js';
import type { Sockets } from '../../http/socket.js';
import { read } from './answers.js';
import type { Calls, Tokens } from './calls.js';
import { juliaHubControl } from './control.js';
import { isMissing } from './failedAnswer.js';
import { juliaHubFiles } from './files.js';
import { jobBounds, juliaHubListing } from './listing.js';
import { juliaHubLogs } from './logs.js';
import { offersOf } from './offers.js';
import { remembered, type Remembered } from './remembered.js';
import { juliaHubRequest } from './request.js';
import { serverCalls } from './server.js';
import { juliaHubSubmitting } from './submitting.js';
import { readJob } from './wire.js';
import { hourMs } from '../../lib/time.js';
import { createPollInterval } from '../../core/domain/capabilities.js';
import { createPages } from '../../core/domain/paging.js';
import { storedScript } from './stored.js';

/** Dependencies of a connection to a JuliaHub server. */
export interface JuliaHubOptions {
  readonly connection: Connection;
  /** Base URL of the server, without a trailing slash. */
  readonly server: string;
  readonly http: Http;
  readonly sockets: Sockets;
  readonly tokens: Tokens;
  readonly account: Account;
  /** The version of the server's API. */
  readonly apiVersion: (signal: AbortSignal) => Promise<string>;
  /** This extension's folder for job metadata, absolute. Created when needed. */
  readonly folder: string;
  /** True: allows connections without TLS to a server on this machine. For tests. */
  readonly plainLoopback: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Maximum size of a bundle, in bytes. Source: docs/protocols/juliahub.md, 3.5. */
const maxBundleBytes = 2_147_483_648;

/**
 * The jobs of the signed-in user on a JuliaHub server. Source of the protocol: docs/protocols/juliahub.md.
 */
export function juliaHubBackend(options: JuliaHubOptions): Backend {
  const { connection, server, http, sockets, tokens, account, apiVersion, folder, plainLoopback } = options;
  const { clock, log } = options;
  const calls = serverCalls({ place: connection.title, base: server, http, sockets, tokens, plainLoopback });
  const known = remembered(folder, log);
  const job = oneJob(calls, known, plainLoopback);
  const files = juliaHubFiles({ calls, job });
  const offers = offersOf({ calls, apiVersion, clock, log });
  const isOver = async (id: JobId, signal: AbortSignal): Promise<boolean> => {
    const found = await job(id, signal);
    return !found || !isActive(found);
  };
  const logs = juliaHubLogs({ calls, clock, log, isOver });
  const stored = { job, download: files.download, known, applications: offers.applications };
  return {
    connection,
    capabilities: {
      kinds: ['script', 'bundle', 'application'],
      args: false,
      env: true,
      // Source: docs/protocols/juliahub.md, 7.2.
      timeLimit: { defaultMs: hourMs, mayBeNone: true, stepMs: hourMs },
      scriptEndings: ['.jl'],
      language: { id: 'julia' },
      maxBundleBytes,
      pollInterval: createPollInterval(3_000, 60_000),
    },
    account,
    jobs: { list: createPages(juliaHubListing({ calls, known, clock, plainLoopback })), get: job },
    submit: juliaHubSubmitting({ calls, base: server, http, offers, known, stored }),
    logs,
    control: juliaHubControl(calls, known),
    files: {
      list: async (id, _, signal) => ({ items: await files.files(id, signal), malformed: [] }),
      read: files.download,
      script: (id, signal) => storedScript(id, stored, signal),
    },
    ports: { request: juliaHubRequest({ http, tokens, job, plainLoopback }) },
  };
}

const Details = z.object({ details: z.array(z.unknown()) });

/** Source: docs/protocols/juliahub.md, 2.2. */
function oneJob(calls: Calls, known: Remembered, plainLoopback: boolean): JobQueries['get'] {
  const { place } = calls;
  return async (id, signal): Promise<Job | undefined> => {
    const answer = await calls.ask({ method: 'GET', path: ['api', 'rest', 'jobs', id], reads: true }, signal);
    // Source: docs/protocols/juliahub.md, 0 (9): for an unknown job the server returns an empty list or a
    // 403.
    if (isMissing(answer, [403])) return undefined;
    const { details } = read(answer, Details, { place, what: 'one job' }, jobBounds.maxDepth);
    const [first, second] = details;
    if (first === undefined) return undefined;
    const found = readJob(first, plainLoopback);
    if (second !== undefined || 'malformed' in found)
      throw new JobError({ kind: 'badAnswer', place, what: 'one job, status 200' });
    return known.complete(found);
  };
}
