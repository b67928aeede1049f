import { createHash } from 'node:crypto';
import { downloadAddress } from './bucket.js';
import { json, objectOf, text, type Asked, type Reply } from './http.js';
import { violate, type DoubleJob, type State, type StoredFile } from './state.js';

const noAccess = 'User does not have access to this job.';

const time = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString().replace('Z', '+00:00');

/** A file as returned by the server. Source: docs/protocols/juliahub.md, 6. */
function fileObject(state: State, job: DoubleJob, { name, type, bytes, uploaded }: StoredFile): unknown {
  const digest = createHash('sha256').update(bytes).digest();
  const encoding = state.controls.hashes;
  return {
    name,
    type,
    size: bytes.length,
    hash:
      encoding === 'none'
        ? { algorithm: null, value: null }
        : { algorithm: 'sha2_256', value: digest.toString(encoding) },
    // Fractions are microseconds, but milliseconds in a job's times.
    upload_timestamp: time(uploaded ?? job.submitted)?.replace(/(\.\d{3})/, '$1077'),
  };
}

/** A job as returned by the server. Source: docs/protocols/juliahub.md, 2.3. */
function jobObject(state: State, job: DoubleJob): unknown {
  const { controls } = state;
  const inputs = job.fields.get('args') ?? '{}';
  const told = {
    id: job.id,
    jobname: job.name,
    jobname_alias: objectOf(inputs)['jobname'] ?? null,
    status: job.status,
    submittimestamp: time(job.submitted),
    starttimestamp: time(job.started),
    endtimestamp: time(job.ended),
    inputs: controls.doubleEscaped ? JSON.stringify(inputs).slice(1, -1) : inputs,
    outputs: job.results,
    proxy_link: job.link ?? '',
    limit_type: job.limitHours === undefined ? 'unlimited' : 'time',
    sysimage_build: job.fields.get('sysimage_build') === 'true',
    // A field that is not documented, as real servers return.
    node_class: job.fields.get('node_class') ?? null,
    files: job.files.map((file) => fileObject(state, job, file)),
  };
  return controls.alterJob ? controls.alterJob(told) : told;
}

/** Job routes: list, details, kill, extend, files. */
export function jobRoute(state: State, user: string, asked: Asked): Reply | undefined {
  const [first, second, third, fourth] = asked.path;
  const mine = state.jobs.filter((job) => job.user === user);
  switch (`${asked.method} /${asked.path.join('/')}`) {
    case 'GET /juliaruncloud/get_jobs':
      return list(state, mine, asked);
    case 'GET /juliaruncloud/kill_job':
      return kill(state, mine, asked);
    case 'POST /juliaruncloud/extend_job_time_limit':
      return extend(state, mine, asked);
    default:
  }
  if (asked.path.join('/') === 'juliaruncloud/kill_job') {
    violate(state, `kill by ${asked.method}`, '7.1: a GET');
    return text('not found', 404);
  }
  if (asked.method !== 'GET') return undefined;
  if (first === 'api' && second === 'rest' && third === 'jobs' && asked.path.length === 4)
    return details(state, mine, asked, fourth ?? '');
  if (first === 'jobs' && third === 'files' && asked.path.length === 4)
    return file(state, mine, asked, second ?? '', fourth ?? '');
  return undefined;
}

/** Source: docs/protocols/juliahub.md, 2.1. */
function list(state: State, mine: readonly DoubleJob[], { query }: Asked): Reply {
  const limit = query.get('limit');
  if (limit !== null && !/^[1-9]\d*$/.test(limit)) {
    violate(state, `get_jobs with limit=${limit}`, '2.1: a positive integer');
    return text('bad limit', 400);
  }
  for (const name of query.keys()) if (name !== 'limit') violate(state, `get_jobs with ${name}`, '2.1');
  return json([
    ...state.controls.oddJobs,
    ...mine.slice(0, Number(limit ?? 20)).map((job) => jobObject(state, job)),
  ]);
}

/** Source: docs/protocols/juliahub.md, 2.2 and 1.8. */
function details(state: State, mine: readonly DoubleJob[], asked: Asked, name: string): Reply {
  for (const [header, value] of [
    ['x-hasura-role', 'jhuser'],
    ['x-juliahub-ensure-js', 'true'],
  ] as const)
    if (asked.header(header) !== value) {
      violate(state, `/api/rest without ${header}: ${value}`, '1.8');
      return text('missing header', 400);
    }
  return json({ details: mine.filter((job) => job.name === name).map((job) => jobObject(state, job)) });
}

/** Source: docs/protocols/juliahub.md, 7.1. */
function kill(state: State, mine: readonly DoubleJob[], { query }: Asked): Reply {
  const job = mine.find(({ name }) => name === query.get('jobname'));
  if (!job) return text(noAccess, 403);
  if (state.controls.refuseKill !== undefined)
    return json({ status: false, message: state.controls.refuseKill });
  setTimeout(() => job.stop.abort('Stopped'), state.controls.killLagMs).unref();
  return json({ status: true, message: `Job ${job.name} stopped successfully` });
}

/** Source: docs/protocols/juliahub.md, 7.2. */
function extend(state: State, mine: readonly DoubleJob[], asked: Asked): Reply {
  const { jobname, extendby, ...more } = objectOf(asked.body);
  const refuse = (message: string): Reply => json({ success: false, message });
  for (const name of Object.keys(more)) violate(state, `extended with ${name}`, '7.2');
  const job = mine.find(({ name }) => name === jobname);
  if (!job)
    return state.controls.unknownExtend === 403
      ? text(noAccess, 403)
      : refuse(`Invalid jobname ${String(jobname)}`);
  if (!Number.isInteger(extendby) || Number(extendby) < 1) {
    violate(state, `extended by ${String(extendby)}`, '7.2: whole hours');
    return refuse('extendby must be whole hours');
  }
  if (state.controls.refuseExtend !== undefined) return refuse(state.controls.refuseExtend);
  if (job.limitHours === undefined) return refuse('The job has no time limit.');
  if (job.ended !== undefined) return refuse('The job has ended.');
  job.limitHours += Number(extendby);
  return json({ success: true, message: '' });
}

/** Source: docs/protocols/juliahub.md, 6. */
function file(state: State, mine: readonly DoubleJob[], asked: Asked, jobname: string, name: string): Reply {
  const type = asked.query.get('filetype');
  if (type === null) violate(state, 'a file without filetype', '6');
  const job = mine.find((one) => one.name === jobname);
  const found = job?.files.find((one) => one.name === name && one.type === type);
  if (!found) return text(job ? 'no such file' : noAccess, job ? 404 : 403);
  const { cutDownloads, spoilDownloads, redirectDownloads } = state.controls;
  const spoilt = spoilDownloads
    ? { ...found, bytes: Buffer.from(found.bytes.map((byte) => byte ^ 1)) }
    : found;
  if (redirectDownloads) return { status: 302, headers: { Location: downloadAddress(state, spoilt) } };
  return {
    status: 200,
    headers: { 'Content-Type': 'application/octet-stream' },
    body: spoilt.bytes,
    ...(cutDownloads > 0 ? { cutAfter: cutDownloads } : {}),
  };
}
