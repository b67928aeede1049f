import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bundle, Report, Request, Script } from '../../core/domain/jobSpec.js';
import { toNamePath } from '../../lib/byteNames.js';
import { JobError } from '../../core/domain/problem.js';
import { readByteEntries } from './byteEntries.js';
import { throwIfAborted } from '../../lib/abort.js';
import { isMissing } from '../../lib/errno.js';
import { inside } from './files.js';
import { pathIn } from '../../lib/node/programs.js';
import { renameOver } from '../../lib/node/renameOver.js';
import { findChosen, interpreterFor, type ChosenInterpreter } from './interpreter.js';
import { mendFile, mendScript } from './mending.js';
import type { JobPaths } from './paths.js';
import type { JobRecord } from './record.js';
import type { Interpreters } from './settings.js';

/** Unpacks a tar into an existing folder; rejects names that would lead outside. */
export type Unpack = (tar: string, into: string, signal: AbortSignal) => Promise<void>;

/** The settings of this machine for a snapshot. */
export interface Machine {
  readonly interpreters: Interpreters;
  readonly env: NodeJS.ProcessEnv;
  readonly graceMs: number;
  readonly unpack: Unpack;
  /** The interpreter that the validation of the submission found; undefined if it was not validated. */
  readonly chosen?: ChosenInterpreter | undefined;
}

/** The maximum length of a file name in bytes; file systems allow 255. */
const nameBytes = 240;

/**
 * The file name of a script on this machine; a name that is too long is cut before its extension.
 *
 * @throws {@link JobError} of kind `unsafeName` for a name with folders.
 */
export function scriptFileName(name: string): string {
  // eslint-disable-next-line no-control-regex -- a NUL ends a name for the system.
  if (/[/\\\u0000]/.test(name) || ['', '.', '..'].includes(name))
    throw new JobError({ kind: 'unsafeName', name });
  const ending = extname(name);
  let stem = [...name.slice(0, name.length - ending.length)];
  while (stem.length > 1 && Buffer.byteLength(stem.join('') + ending) > nameBytes) stem = stem.slice(0, -1);
  return stem.join('') + ending;
}

/** Creates the record with the interpreter of the script; throws before anything is written if it is missing. */
async function recordOf(
  work: JobRecord['work'],
  script: string,
  text: string,
  request: Request,
  machine: Machine,
): Promise<JobRecord> {
  const path = pathIn(request.env) ?? pathIn(machine.env);
  const { program, args } =
    findChosen(machine.chosen, script, text) ??
    (await interpreterFor(script, text, machine.interpreters, path));
  return {
    version: 1,
    name: request.name,
    work,
    script,
    args: [...request.args],
    env: { ...request.env },
    options: { ...request.options },
    ...(request.limitMs === undefined ? {} : { limitMs: request.limitMs }),
    submitted: Date.now(),
    program,
    programArgs: [...args],
    ...(path === undefined ? {} : { path }),
    graceMs: machine.graceMs,
  };
}

/** The record of a script, without writing anything. @throws as {@link interpreterFor}. */
export const scriptRecord = (script: Script, request: Request, machine: Machine): Promise<JobRecord> =>
  recordOf(
    'script',
    scriptFileName(script.name),
    mendScript(script.name, script.text).text,
    request,
    machine,
  );

/** Writes a script into its job's folder, in the form that runs. */
export async function freezeScript(paths: JobPaths, text: string, record: JobRecord): Promise<void> {
  await mkdir(paths.submitted, { mode: 0o700 });
  await mkdir(paths.work, { mode: 0o700 });
  const { text: mended } = mendScript(record.script, text);
  await writeFile(paths.script, mended, { mode: 0o600 });
  await writeFile(join(paths.work, record.script), mended, { mode: 0o700 });
}

/** The tar of a bundle; without `sha256` it is not verified. */
export type Tar = Pick<Bundle, 'file' | 'root' | 'bytes'> & { readonly sha256?: string };

/**
 * Copies a bundle into its job's folder and unpacks it there.
 *
 * @throws {@link JobError} of kind `unsafeName`, `invalid`, `changed`, `missingTool`, `noInterpreter`.
 */
export async function freezeBundle(
  paths: JobPaths,
  tar: Tar,
  entry: string,
  request: Request,
  machine: Machine,
  signal: AbortSignal,
  report?: Report,
): Promise<JobRecord> {
  if (/[/\\\0]/.test(tar.root) || ['', '.', '..'].includes(tar.root)) {
    throw new JobError({ kind: 'unsafeName', name: tar.root });
  }
  await mkdir(paths.submitted, { mode: 0o700 });
  await copyTar(tar, paths.tar, signal, report);
  await unpackInto(paths, tar.root, machine.unpack, signal);
  const file = await entryFile(paths, entry, tar.root);
  await mendFile(file, entry);
  const text = (await readFile(file)).subarray(0, 4096).toString('latin1');
  const record = await recordOf('bundle', entry, text, request, machine);
  await copyFile(join(paths.work, entry), paths.script);
  await writeFile(paths.files, JSON.stringify(await pathsBelow(paths.work)), { mode: 0o600 });
  return { ...record, root: tar.root };
}

/** Makes the content of the bundle's root directory the job's working directory. */
async function unpackInto(paths: JobPaths, root: string, unpack: Unpack, signal: AbortSignal): Promise<void> {
  const unpacking = join(paths.dir, 'unpacking');
  await mkdir(unpacking, { mode: 0o700 });
  await unpack(paths.tar, unpacking, signal);
  throwIfAborted(signal);
  try {
    await renameOver(join(unpacking, root), paths.work);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new JobError(
      { kind: 'invalid', why: `The bundle does not hold the folder ${root}.` },
      { cause: error },
    );
  }
  await rm(unpacking, { recursive: true, force: true, maxRetries: 3 });
}

/** Copies the tar, reports the progress, and verifies that it has not changed since it was packed. */
async function copyTar(tar: Tar, to: string, signal: AbortSignal, report: Report | undefined): Promise<void> {
  if (tar.sha256 === undefined) {
    await copyFile(tar.file, to, constants.COPYFILE_FICLONE);
    return;
  }
  const hash = createHash('sha256');
  let done = 0;
  const watched = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      done += chunk.length;
      report?.(done, tar.bytes);
      next(null, chunk);
    },
  });
  const reading = createReadStream(tar.file, { highWaterMark: 1_048_576 });
  await pipeline(reading, watched, createWriteStream(to, { mode: 0o600 }), { signal });
  if (hash.digest('hex') !== tar.sha256) {
    throw new JobError({ kind: 'changed', path: tar.file, how: 'changed' });
  }
}

async function entryFile(paths: JobPaths, entry: string, root: string): Promise<string> {
  try {
    const file = await inside(paths.work, entry);
    await access(file, constants.R_OK);
    return file;
  } catch (error) {
    const isGone = error instanceof JobError && error.problem.kind === 'gone';
    if (!isGone && !isMissing(error)) throw error;
    throw new JobError({ kind: 'invalid', why: `The bundle of ${root} has no file ${entry} to run.` });
  }
}

/** All files below a folder, as relative paths with `/`. */
async function pathsBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [''];
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    for (const entry of await readByteEntries(join(toNamePath(folder), prefix))) {
      if (entry.isDirectory()) waiting.push(`${prefix}${entry.name}/`);
      else found.push(`${prefix}${entry.name}`);
    }
  }
  return found;
}

/** Creates a job's folder from another's: the same content and request, and the present interpreter. */
export async function freezeAgain(
  paths: JobPaths,
  from: JobPaths,
  record: JobRecord,
  machine: Machine,
  signal: AbortSignal,
): Promise<JobRecord> {
  const { name, args, env, limitMs, options } = record;
  const request: Request = { name, args, env, options, ...(limitMs === undefined ? {} : { limitMs }) };
  if (record.work === 'script') {
    const text = await readFile(from.script, 'utf8');
    const again = await recordOf('script', record.script, text, request, machine);
    await freezeScript(paths, text, again);
    return again;
  }
  const tar = { file: from.tar, root: record.root ?? '', bytes: 0 };
  return freezeBundle(paths, tar, record.script, request, machine, signal);
}
