import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { buildPrograms } from '../../scripts/build.mjs';
import { createLocalBackend, type LocalBackendDeps } from '../../src/backends/local/backend.js';
import type { LocalSettings } from '../../src/backends/local/settings.js';
import { listActiveJobNumbers } from '../../src/backends/local/spool.js';
import { unpackTar } from '../../src/bundle/unpack.js';
import { getSpoolPaths } from '../../src/backends/local/paths.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Bundle } from '../../src/core/domain/jobSpec.js';
import { toJobId } from '../../src/core/domain/job.js';
import type { Log } from '../../src/core/domain/ports.js';
import { never } from './subject.js';
import { listJobs } from '../fakes/backendCalls.js';

let built: Promise<string> | undefined;

/** The program of the runner, built once for all tests of a run. */
export const runnerProgram = (): Promise<string> => (built ??= buildRunner());

async function buildRunner(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'batch-jobs-runner-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  await buildPrograms(folder);
  return join(folder, 'jobRunner.js');
}

/** A Local connection with a temporary folder. */
export interface Place {
  readonly folder: string;
  /** Another window with the same folder. */
  readonly window: (settings?: Partial<LocalSettings>) => Backend;
  readonly options: (settings?: Partial<LocalSettings>) => LocalBackendDeps;
  /** Cancels every job and deletes the folder. */
  readonly end: () => Promise<void>;
}

/** A log that prints nothing except unexpected errors. */
export const quietLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: (text, cause) => {
    process.stderr.write(`${text} ${cause instanceof Error ? (cause.stack ?? '') : String(cause)}\n`);
  },
};

/** Creates an empty test location. `at`: its parent folder, instead of the system's temporary folder. */
export async function place(at = tmpdir(), env: NodeJS.ProcessEnv = process.env): Promise<Place> {
  const program = await runnerProgram();
  const folder = await mkdtemp(join(at, 'batch-jobs-spool-'));
  const options = (settings: Partial<LocalSettings> = {}): LocalBackendDeps => ({
    connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
    folder,
    runner: { program: process.execPath, args: [program, '--batch-jobs-runner'], env: {} },
    unpack: unpackTar,
    env,
    settings: () => ({
      interpreters: {},
      maxRunning: 4,
      retention: { count: 0, days: 0 },
      graceMs: 300,
      ...settings,
    }),
    log: quietLog,
  });
  const window = (settings?: Partial<LocalSettings>): Backend => createLocalBackend(options(settings));
  const end = async (): Promise<void> => {
    await endAll(window(), folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(
      (error: unknown) => {
        // Windows does not delete a folder in which a process runs, and Wine does not terminate a job's
        // processes.
        if (process.platform !== 'win32') throw error;
      },
    );
  };
  return { folder, window, options, end };
}

async function endAll(backend: Backend, folder: string): Promise<void> {
  const left = (): Promise<readonly number[]> => listActiveJobNumbers(getSpoolPaths(folder));
  for (const number of [...(await left())].reverse()) {
    await backend.control?.cancel?.(toJobId(String(number)), never).catch(() => undefined);
  }
  for (const until = Date.now() + 8000; (await left()).length > 0 && Date.now() < until;) {
    await listJobs(backend, 1, never).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Packs files, by their names below one root directory. */
export async function tarOf(
  folder: string,
  root: string,
  files: Readonly<Record<string, string>>,
): Promise<Bundle> {
  const packing = pack();
  packing.entry({ name: `${root}/`, type: 'directory', mode: 0o755 });
  for (const [name, text] of Object.entries(files))
    packing.entry({ name: `${root}/${name}`, mode: 0o644 }, text);
  packing.finalize();
  const tar = await buffer(packing);
  const source = await mkdtemp(join(folder, 'bundle-'));
  for (const [name, text] of Object.entries(files)) {
    const path = join(source, root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const file = join(source, 'bundle.tar');
  await writeFile(file, tar);
  const sha256 = createHash('sha256').update(tar).digest('hex');
  return { file, root, files: Object.keys(files).length, bytes: tar.length, sha256 };
}
