import * as z from 'zod/mini';
import type { Account } from '../../core/domain/account.js';
import type { Backend, JobQueries } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import { isActive, type Job, type JobId } from '../../core/domain/job.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { HttpClient } from '../../http/http.js';
import type { WebSocketClient } from '../../http/webSocketClient.js';
import { parseResponse } from './parseResponse.js';
import type { ServerCalls, TokenSource } from './serverCalls.js';
import { createJuliaHubControl } from './control.js';
import { isNotFoundResponse } from './httpErrors.js';
import { createJuliaHubFiles } from './files.js';
import { jobBounds, createJobLister } from './jobLister.js';
import { createJuliaHubLogs } from './logs/logs.js';
import { createJuliaHubCatalog } from './catalog.js';
import { createJuliaHubJobStore, type JuliaHubJobStore } from './jobMetadata.js';
import { createPortRequest } from './request.js';
import { createServerCalls } from './createServerCalls.js';
import { createJuliaHubSubmission } from './jobSubmission.js';
import { parseJuliaHubJob } from './parseJob.js';
import { hourMs } from '../../lib/time.js';
import { createPollInterval } from '../../core/domain/capabilities.js';
import { createPagedList } from '../../core/domain/paging.js';
import { readStoredScript } from './storedSubmission.js';

/** Dependencies of a connection to a JuliaHub server. */
export interface JuliaHubBackendDeps {
  readonly connection: Connection;
  /** Base URL of the server, without a trailing slash. */
  readonly server: string;
  readonly http: HttpClient;
  readonly sockets: WebSocketClient;
  readonly tokens: TokenSource;
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
export function createJuliaHubBackend(options: JuliaHubBackendDeps): Backend {
  const { connection, server, http, sockets, tokens, account, apiVersion, folder, plainLoopback } = options;
  const { clock, log } = options;
  const calls = createServerCalls({
    place: connection.title,
    base: server,
    http,
    sockets,
    tokens,
    plainLoopback,
  });
  const known = createJuliaHubJobStore(folder, log);
  const job = createJobGetter(calls, known, plainLoopback);
  const files = createJuliaHubFiles({ calls, job });
  const offers = createJuliaHubCatalog({ calls, apiVersion, clock, log });
  const isOver = async (id: JobId, signal: AbortSignal): Promise<boolean> => {
    const found = await job(id, signal);
    return !found || !isActive(found);
  };
  const logs = createJuliaHubLogs({ calls, clock, log, isOver });
  const stored = { job, download: files.download, known, applications: offers.applications };
  return {
    connection,
    capabilities: {
      kinds: ['script', 'bundle', 'application'],
      args: false,
      env: true,
      // Source: docs/protocols/juliahub.md, 7.2.
      timeLimit: { defaultMs: hourMs, isOptional: true, stepMs: hourMs },
      scriptExtensions: ['.jl'],
      scriptLanguage: 'Julia',
      language: { id: 'julia' },
      maxBundleBytes,
      pollInterval: createPollInterval(3_000, 60_000),
    },
    account,
    jobs: { list: createPagedList(createJobLister({ calls, known, clock, plainLoopback })), get: job },
    submit: createJuliaHubSubmission({ calls, base: server, http, offers, known, stored }),
    logs,
    control: createJuliaHubControl(calls, known),
    files: {
      list: async (id, _, signal) => ({ items: await files.files(id, signal), malformed: [] }),
      read: files.download,
      script: (id, signal) => readStoredScript(id, stored, signal),
    },
    ports: { request: createPortRequest({ http, tokens, job, plainLoopback }) },
  };
}

const JobDetailsShape = z.object({ details: z.array(z.unknown()) });

/** Source: docs/protocols/juliahub.md, 2.2. */
function createJobGetter(
  calls: ServerCalls,
  known: JuliaHubJobStore,
  plainLoopback: boolean,
): JobQueries['get'] {
  const { place } = calls;
  return async (id, signal): Promise<Job | undefined> => {
    const answer = await calls.send(
      { method: 'GET', path: ['api', 'rest', 'jobs', id], reads: true },
      signal,
    );
    // Source: docs/protocols/juliahub.md, 0 (9): for an unknown job the server returns an empty list or a
    // 403.
    if (isNotFoundResponse(answer, [403])) return undefined;
    const { details } = parseResponse(
      answer,
      JobDetailsShape,
      { place, what: 'one job' },
      jobBounds.maxDepth,
    );
    const [first, second] = details;
    if (first === undefined) return undefined;
    const found = parseJuliaHubJob(first, plainLoopback);
    if (second !== undefined || 'malformed' in found)
      throw new JobError({ kind: 'badAnswer', place, what: 'one job, status 200' });
    return known.addDetails(found);
  };
}
