import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { objectOf } from './http.js';
import { add, end, tell } from './lifecycle.js';
import { closePort, freePort, openPort } from './ports.js';
import { placeOf, programOf, type Program } from './program.js';
import { resultPaths, takeResults } from './results.js';
import { entryOf } from './entryOf.js';
import { now, type DoubleJob, type State } from './state.js';
import { runTimeline } from './timeline.js';

/** Runs a job from start to end, in a separate process if its code is a program. */
export function startJob(state: State, job: DoubleJob): void {
  const run = runJob(state, job).finally(() => state.running.delete(run));
  state.running.add(run);
}

async function runJob(state: State, job: DoubleJob): Promise<void> {
  const { signal } = job.stop;
  let folder: string | undefined;
  let status = 'Failed';
  try {
    await queue(state, job);
    folder = mkdtempSync(join(tmpdir(), 'juliahub-job-'));
    status = (await execute(state, job, folder)) === 0 ? 'Completed' : 'Failed';
  } catch (error) {
    if (!signal.aborted)
      add(state, job, `the stand-in could not run this job: ${String(error)}`, { level: 'Error' });
  } finally {
    closePort(job);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    end(state, job, signal.aborted ? String(signal.reason) : status);
  }
}

/** Source: docs/protocols/juliahub.md, 2.4. */
async function queue(state: State, job: DoubleJob): Promise<void> {
  const { startMs, startWords } = state.controls;
  for (const word of startWords) {
    job.status = word;
    tell(job);
    await sleep(startMs / startWords.length, undefined, { signal: job.stop.signal });
  }
}

/** Returns the exit code; results are collected whatever it is. */
async function execute(state: State, job: DoubleJob, folder: string): Promise<number> {
  const results = resultPaths(folder);
  mkdirSync(results.upload);
  const place = placeOf(state, job, folder);
  const env = await environment(state, job, folder);
  const program = await programOf(state, job, folder, place);
  job.stop.signal.throwIfAborted();
  job.status = 'Running';
  job.started = now(state);
  tell(job);
  const over = new AbortController();
  const limit = endAtLimit(state, job, over.signal);
  try {
    return program.kind === 'timeline'
      ? await runTimeline(state, job, program.code, { env, results })
      : await runProcess(state, job, program, place.cwd, env);
  } finally {
    over.abort();
    await limit;
    takeResults(state, job, results);
  }
}

/** Source: docs/protocols/juliahub.md, 3.7 and 7.4; supports both kinds of images. */
async function environment(state: State, job: DoubleJob, folder: string): Promise<NodeJS.ProcessEnv> {
  const { summary, upload } = resultPaths(folder);
  const inputs = Object.entries(objectOf(job.fields.get('args') ?? '{}'));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'C.UTF-8',
    ...Object.fromEntries(inputs.map(([name, value]) => [name, String(value)])),
    JRUN_NAME: job.name,
    JULIAHUB_RESULTS_SUMMARY_FILE: summary,
    JULIAHUB_RESULTS_UPLOAD_DIR: upload,
  };
  const { port } = objectOf(job.fields.get('appArgs') ?? '{}');
  if (typeof port === 'number') {
    // Two jobs on this machine cannot use the same port.
    job.port = await freePort(port);
    env['PORT'] = env['JULIAHUB_APP_PORT'] = String(job.port);
    await openPort(state, job);
  }
  return env;
}

async function endAtLimit(state: State, job: DoubleJob, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const hours = job.limitHours;
    if (hours !== undefined && now(state) - (job.started ?? 0) >= hours * state.controls.hourMs)
      job.stop.abort(state.controls.statusAtLimit);
    await sleep(20, undefined, { signal }).catch(() => undefined);
  }
}

async function runProcess(
  state: State,
  job: DoubleJob,
  { words: [word = '', ...args] }: Program & { readonly kind: 'process' },
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { signal } = job.stop;
  const child = spawn(word, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    const lines = [child.stdout, child.stderr].map(async (stream) => {
      for await (const line of createInterface({ input: stream, crlfDelay: Infinity }))
        entryOf(state, job, line);
    });
    const exit = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => {
        resolve(status ?? 1);
      });
    });
    await Promise.all(lines);
    return exit;
  } finally {
    signal.removeEventListener('abort', kill);
    // Processes that the job left running end with it.
    kill();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // None of its processes is running.
  }
}
