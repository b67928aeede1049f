import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { jsonOf } from './http.js';
import type { DoubleJob, State } from './state.js';

const juliaScript = new URL('../../engines/julia.sh', import.meta.url).pathname;
let julia: Promise<string> | undefined;

/** The julia that runs jobs; found, or unpacked, when the first job needs it. */
const juliaProgram = (): Promise<string> =>
  (julia ??= promisify(execFile)('bash', [juliaScript]).then(({ stdout }) => stdout.trim()));

/** What a line of a job begins with that is an entry of its logger: level, message, values. */
const mark = '\u001e';
const between = '\u001f';

/** Runs the code as the server's images do: its logger, its results. Source: reference 5.1 and 7.4. */
const wrapper = `
using Logging
struct JobLogger <: AbstractLogger end
Logging.min_enabled_level(::JobLogger) = Logging.Debug
Logging.shouldlog(::JobLogger, args...) = true
Logging.catch_exceptions(::JobLogger) = true
function Logging.handle_message(::JobLogger, level, message, _module, group, id, file, line; kwargs...)
    values = [string(key, "=", value) for (key, value) in kwargs]
    print(stdout, join(vcat("${mark}" * string(level), replace(string(message), "\\n" => "\\v"), values), "${between}") * "\\n")
    flush(stdout)
end
global_logger(JobLogger())
let folder = ARGS[2]
    atexit() do
        haskey(ENV, "RESULTS") && write(joinpath(folder, "results"), ENV["RESULTS"])
        haskey(ENV, "RESULTS_FILE") && write(joinpath(folder, "results_file"), abspath(ENV["RESULTS_FILE"]))
    end
end
include(ARGS[1])
`;

/** Runs a job in a process of its own, from its start to its end. */
export async function runJob(state: State, job: DoubleJob): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, state.controls.startMs));
  if (!isIn(job, 'Submitted')) return;
  const folder = mkdtempSync(join(tmpdir(), 'juliahub-job-'));
  try {
    const code = await runIn(state, job, folder);
    takeResults(job, folder);
    // A kill has ended it already.
    if (isIn(job, 'Running')) end(job, code === 0 ? 'Completed' : 'Failed');
  } catch (error) {
    add(job, `the stand-in could not run this job: ${String(error)}`, 'Error');
    end(job, 'Failed');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asked anew each time, since it changes while one waits. */
const isIn = (job: DoubleJob, status: string): boolean => job.status === status;

export function end(job: DoubleJob, status: string): void {
  job.status = status;
  job.ended = Date.now();
  tell(job);
}

function add(
  job: DoubleJob,
  message: string,
  level?: string,
  keywords?: Readonly<Record<string, string>>,
): void {
  job.log.push({
    id: job.log.length + 1,
    ms: Date.now(),
    message,
    ...(level === undefined ? {} : { level }),
    ...(keywords ? { keywords } : {}),
  });
  tell(job);
}

export function tell(job: DoubleJob): void {
  for (const listener of [...job.listeners]) listener();
}

async function runIn(state: State, job: DoubleJob, folder: string): Promise<number> {
  const work = join(folder, 'work');
  const upload = join(folder, 'upload');
  mkdirSync(work);
  mkdirSync(upload);
  const root = unpack(job, work);
  const code = job.fields.get('usercode') ?? 'println("an application of the stand-in")';
  const file = join(folder, 'code.jl');
  writeFileSync(file, code);
  const [first = ''] = code.split('\n');
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    ...(jsonOf(job.fields.get('args') ?? '{}') as Record<string, string>),
    JRUN_NAME: job.name,
    JULIAHUB_RESULTS_SUMMARY_FILE: join(folder, 'results'),
    JULIAHUB_RESULTS_UPLOAD_DIR: upload,
  };
  const { port } = (jsonOf(job.fields.get('appArgs') ?? '{}') ?? {}) as { port?: number };
  if (port !== undefined) {
    job.port = port;
    env['PORT'] = env['JULIAHUB_APP_PORT'] = String(port);
  }
  // The stand-in's own extension: code that names another interpreter runs with that, so that tests need no Julia.
  const [program, args] = first.startsWith('#!')
    ? ([
        '/usr/bin/env',
        [
          ...first
            .slice(2)
            .trim()
            .replace(/^\/usr\/bin\/env /, '')
            .split(' '),
          file,
        ],
      ] as const)
    : ([await juliaProgram(), await juliaArgs(folder, file, job, root)] as const);
  job.status = 'Running';
  job.started = Date.now();
  tell(job);
  const child = spawn(program, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  job.child = child;
  const timer = setInterval(() => {
    const hours = job.limitHours;
    if (hours !== undefined && Date.now() - (job.started ?? 0) > hours * state.controls.hourMs)
      endProcess(job);
  }, 50);
  const lines = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface({ input: stream })) entryOf(job, line);
  });
  const exit = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve(status ?? 1);
    });
  });
  clearInterval(timer);
  await Promise.all(lines);
  return exit;
}

async function juliaArgs(
  folder: string,
  file: string,
  job: DoubleJob,
  root: string,
): Promise<readonly string[]> {
  writeFileSync(join(folder, 'wrapper.jl'), wrapper);
  for (const [field, name] of [
    ['projecttoml', 'Project.toml'],
    ['manifesttoml', 'Manifest.toml'],
  ] as const) {
    const value = job.fields.get(field);
    if (value !== undefined) writeFileSync(join(root, name), value);
  }
  return Promise.resolve(['--startup-file=no', '--project=.', join(folder, 'wrapper.jl'), file, folder]);
}

/** A bundle's one folder, unpacked; else an empty one. Source: reference 3.7 and 4.2. */
function unpack(job: DoubleJob, work: string): string {
  const tar = job.files.find(({ name, type }) => type === 'input' && name === 'appbundle.tar');
  if (!tar) return work;
  execFileSync('tar', ['-xf', '-', '-C', work], { input: tar.bytes });
  const roots = readdirSync(work);
  if (roots.length !== 1) throw new Error(`the bundle has ${String(roots.length)} folders at its root (4.2)`);
  return join(work, roots[0] ?? '');
}

function entryOf(job: DoubleJob, line: string): void {
  if (!line.startsWith(mark)) {
    add(job, line);
    return;
  }
  const [level = '', message = '', ...values] = line.slice(1).split(between);
  const pairs = values.map((value) => [
    value.slice(0, value.indexOf('=')),
    value.slice(value.indexOf('=') + 1),
  ]);
  add(job, message.replaceAll('\v', '\n'), level, Object.fromEntries(pairs) as Record<string, string>);
}

function takeResults(job: DoubleJob, folder: string): void {
  const value = join(folder, 'results');
  if (existsSync(value)) job.results = readFileSync(value, 'utf8').slice(0, 1000);
  const named = join(folder, 'results_file');
  const paths = existsSync(named)
    ? [readFileSync(named, 'utf8')]
    : readdirSync(join(folder, 'upload')).map((name) => join(folder, 'upload', name));
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const name = path.split('/').at(-1) ?? path;
    // A folder arrives as one tar.
    const bytes = statSync(path).isDirectory()
      ? execFileSync('tar', ['-cf', '-', '-C', path, '.'], { maxBuffer: 2 ** 28 })
      : readFileSync(path);
    job.files.push({ name: statSync(path).isDirectory() ? `${name}.tar` : name, type: 'result', bytes });
  }
}

/** Ends a job's processes, by their group. */
export function endProcess(job: DoubleJob): void {
  const { pid } = job.child ?? {};
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
