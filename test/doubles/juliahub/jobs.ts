import { json, jsonOf, text, type Asked, type Reply } from './http.js';
import { end, endProcess } from './engine.js';
import { sha256 } from './submit.js';
import type { DoubleJob, State } from './state.js';

const time = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString().replace('Z', '+00:00');

/** A job as it is told. Source: reference 2.3 and 6. */
function jobObject(state: State, job: DoubleJob): unknown {
  const inputs = job.fields.get('args') ?? '{}';
  const args = jsonOf(inputs) as Record<string, string> | undefined;
  const { port } = (jsonOf(job.fields.get('appArgs') ?? '{}') ?? {}) as { port?: number };
  const hash = (bytes: Buffer): unknown => {
    const value = sha256(bytes);
    switch (state.controls.hashes) {
      case 'hex':
        return { algorithm: 'sha2_256', value };
      case 'base64':
        return { algorithm: 'sha2_256', value: Buffer.from(value, 'hex').toString('base64') };
      case 'none':
        return { algorithm: null, value: null };
    }
  };
  return {
    id: job.id,
    jobname: job.name,
    jobname_alias: args?.['jobname'] ?? null,
    status: job.status,
    submittimestamp: time(job.submitted),
    starttimestamp: time(job.started),
    endtimestamp: time(job.ended),
    inputs: state.controls.doubleEscaped ? JSON.stringify(inputs).slice(1, -1) : inputs,
    outputs: job.results,
    proxy_link: port !== undefined && job.status === 'Running' ? state.portsUrl.replace('JOB', job.name) : '',
    limit_type: job.limitHours === undefined ? 'unlimited' : 'time',
    sysimage_build: job.fields.get('sysimage_build') === 'true',
    node_class: job.fields.get('node_class'),
    files: job.files.map(({ name, type, bytes }) => ({
      name,
      type,
      size: bytes.length,
      hash: hash(bytes),
      upload_timestamp: time(job.submitted),
    })),
  };
}

/** Jobs: listing, one, stopping, extending, files. */
export function jobRoute(state: State, user: string, asked: Asked): Reply | undefined {
  const [first, second, third, fourth] = asked.path;
  const route = `${asked.method} /${asked.path.join('/')}`;
  const mine = state.jobs.filter((job) => job.user === user);
  if (route === 'GET /juliaruncloud/get_jobs') {
    const limit = asked.query.get('limit');
    if (limit !== null && !/^[1-9]\d*$/.test(limit)) return text('bad limit', 400);
    return json([
      ...state.controls.oddJobs,
      ...mine.slice(0, Number(limit ?? 20)).map((job) => jobObject(state, job)),
    ]);
  }
  if (asked.method === 'GET' && first === 'api' && second === 'rest' && third === 'jobs') {
    for (const [name, value] of [
      ['x-hasura-role', 'jhuser'],
      ['x-juliahub-ensure-js', 'true'],
    ] as const)
      if (asked.header(name) !== value) {
        state.violations.push(`no ${name} at /api/rest (1.8)`);
        return text('missing header', 400);
      }
    return json({ details: mine.filter(({ name }) => name === fourth).map((job) => jobObject(state, job)) });
  }
  if (asked.path.join('/') === 'juliaruncloud/kill_job') return kill(state, mine, asked);
  if (route === 'POST /juliaruncloud/extend_job_time_limit') return extend(state, mine, asked);
  if (asked.method === 'GET' && first === 'jobs' && third === 'files')
    return file(state, mine, asked, second ?? '', fourth ?? '');
  return undefined;
}

/** Source: reference 7.1. */
function kill(state: State, mine: readonly DoubleJob[], asked: Asked): Reply {
  if (asked.method !== 'GET') {
    state.violations.push('kill by another method than GET (7.1)');
    return text('not found', 404);
  }
  const job = mine.find(({ name }) => name === asked.query.get('jobname'));
  if (!job) return text('User does not have access to this job.', 403);
  setTimeout(() => {
    if (job.ended !== undefined) return;
    end(job, 'Stopped');
    endProcess(job);
  }, state.controls.killLagMs);
  return json({ status: true, message: `Job ${job.name} stopped successfully` });
}

/** Source: reference 7.2. */
function extend(state: State, mine: readonly DoubleJob[], asked: Asked): Reply {
  const { jobname, extendby } = (jsonOf(asked.body) ?? {}) as { jobname?: string; extendby?: unknown };
  const job = mine.find(({ name }) => name === jobname);
  if (!job) return text('User does not have access to this job.', 403);
  if (!Number.isInteger(extendby) || Number(extendby) < 1) {
    state.violations.push(`extended by ${String(extendby)} (7.2: whole hours)`);
    return json({ success: false, message: 'extendby has to be whole hours' });
  }
  if (job.limitHours === undefined) return json({ success: false, message: 'The job has no time limit.' });
  job.limitHours += Number(extendby);
  return json({ success: true, message: '' });
}

/** Source: reference 6. */
function file(state: State, mine: readonly DoubleJob[], asked: Asked, jobname: string, name: string): Reply {
  const type = asked.query.get('filetype');
  const job = mine.find((one) => one.name === jobname);
  const found = job?.files.find((one) => one.name === name && one.type === type);
  if (!job || !found) return text('User does not have access to this job.', job ? 404 : 403);
  if (state.controls.redirectDownloads) {
    const path = [job.name, found.type, found.name].map(encodeURIComponent).join('/');
    return { status: 302, headers: { Location: `${state.bucketUrl}/download/${path}?signature=presigned` } };
  }
  return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: found.bytes };
}
