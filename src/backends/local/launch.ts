import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { toUserEnv } from '../../lib/userEnvironment.js';
import { processTagVariable } from './processTag.js';
import type { JobPaths } from './paths.js';
import { juliaPrelude, notesVariable, pythonDriver } from './injectedCode.js';
import type { LocalJobRecord } from './record.js';
import { pathExists } from '../../lib/node/files.js';

/** The command that starts a job's first process. */
export interface JobLaunch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Writes the additional files of a job and returns its command. */
export async function prepareLaunch(
  paths: JobPaths,
  record: LocalJobRecord,
  env: NodeJS.ProcessEnv,
): Promise<JobLaunch> {
  for (const folder of [paths.results, paths.notes]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const script = join(paths.work, record.script);
  return {
    program: record.program,
    args: [...record.programArgs, ...(await resolveScriptArgs(paths, record, script)), ...record.args],
    env: createJobEnv(paths, record, env),
    cwd: paths.work,
  };
}

/** The script, preceded by the code that reports `RESULTS` of Julia and Python. */
async function resolveScriptArgs(
  paths: JobPaths,
  record: LocalJobRecord,
  script: string,
): Promise<readonly string[]> {
  switch (extname(record.script).toLowerCase()) {
    case '.jl': {
      const prelude = join(paths.notes, 'prelude.jl');
      await writeFile(prelude, juliaPrelude, { mode: 0o600 });
      return [...(await findJuliaProject(paths, record)), '-L', prelude, script];
    }
    case '.py': {
      const driver = join(paths.notes, 'driver.py');
      await writeFile(driver, pythonDriver, { mode: 0o600 });
      return [driver, script];
    }
    default:
      return [script];
  }
}

/** A bundle with a project at its root uses it, as on JuliaHub, unless the user sets another. */
async function findJuliaProject(paths: JobPaths, record: LocalJobRecord): Promise<readonly string[]> {
  const named =
    record.env['JULIA_PROJECT'] !== undefined ||
    record.programArgs.some((arg) => arg.startsWith('--project'));
  if (record.work !== 'bundle' || named) return [];
  const projects = ['Project.toml', 'JuliaProject.toml'].map((name) => pathExists(join(paths.work, name)));
  return (await Promise.all(projects)).includes(true) ? [`--project=${paths.work}`] : [];
}

/** Variables of a job in which the editor itself runs. */
const excludedVariablePattern = /^(JULIAHUB_RESULTS_|RESULTS$|RESULTS_FILE$)/i;

/** The environment of a job: the user's, overridden by the extension's, then by the request's. */
function createJobEnv(paths: JobPaths, record: LocalJobRecord, outer: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    Object.entries(toUserEnv(outer)).filter(([name]) => !excludedVariablePattern.test(name)),
  );
  if (record.path !== undefined) {
    const path = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
    env[process.platform === 'win32' ? path : 'PATH'] = record.path;
  }
  return {
    ...env,
    // Output must appear when the job prints it.
    PYTHONUNBUFFERED: '1',
    ...(process.platform === 'win32' ? { PYTHONIOENCODING: 'utf-8' } : {}),
    ...record.env,
    BATCH_JOBS_JOB_ID: basename(paths.dir),
    [processTagVariable]: paths.dir,
    [notesVariable]: paths.notes,
    JULIAHUB_RESULTS_SUMMARY_FILE: paths.summary,
    JULIAHUB_RESULTS_UPLOAD_DIR: paths.results,
  };
}
