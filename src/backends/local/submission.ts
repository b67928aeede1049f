import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bundle, ProgressCallback, JobRequest, Script } from '../../core/domain/jobSpec.js';
import { toNamePath } from '../../lib/byteNames.js';
import { JobError } from '../../core/domain/problem.js';
import { readByteEntries } from './byteEntries.js';
import { throwIfAborted } from '../../lib/abort.js';
import { isMissing } from '../../lib/errno.js';
import { resolveInsideFolder } from './files.js';
import { getPathVariable } from '../../lib/node/programs.js';
import { renameOver } from '../../lib/node/renameOver.js';
import { findChosen, resolveInterpreter, type ChosenInterpreter } from './interpreter.js';
import { fixScriptFile, fixScript } from './scriptFixes.js';
import type { JobPaths } from './paths.js';
import type { LocalJobRecord } from './record.js';
import type { InterpretersByExtension } from './settings.js';

/** Unpacks a tar into an existing folder; rejects names that would lead outside. */
export type TarUnpacker = (tar: string, into: string, signal: AbortSignal) => Promise<void>;

/** The settings of this machine for a snapshot. */
export interface LocalMachine {
  readonly interpreters: InterpretersByExtension;
  readonly env: NodeJS.ProcessEnv;
  readonly graceMs: number;
  readonly unpack: TarUnpacker;
  /** The interpreter that the validation of the submission found; undefined if it was not validated. */
  readonly chosen?: ChosenInterpreter | undefined;
}

/** The maximum length of a file name in bytes; file systems allow 255. */
const maxFileNameBytes = 240;

/**
 * The file name of a script on this machine; a name that is too long is cut before its extension.
 *
 * @throws {@link JobError} of kind `unsafeName` for a name with folders.
 */
export function toScriptFileName(name: string): string {
  // eslint-disable-next-line no-control-regex -- a NUL ends a name for the system.
  if (/[/\\\u0000]/.test(name) || ['', '.', '..'].includes(name))
    throw new JobError({ kind: 'unsafeName', name });
  const ending = extname(name);
  let stem = [...name.slice(0, name.length - ending.length)];
  while (stem.length > 1 && Buffer.byteLength(stem.join('') + ending) > maxFileNameBytes)
    stem = stem.slice(0, -1);
  return stem.join('') + ending;
}

/** Creates the record with the interpreter of the script; throws before anything is written if it is missing. */
async function createJobRecord(
  work: LocalJobRecord['work'],
  script: string,
  text: string,
  request: JobRequest,
  machine: LocalMachine,
): Promise<LocalJobRecord> {
  const path = getPathVariable(request.env) ?? getPathVariable(machine.env);
  const { program, args } =
    findChosen(machine.chosen, script, text) ??
    (await resolveInterpreter(script, text, machine.interpreters, path));
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

/** The record of a script, without writing anything. @throws as {@link resolveInterpreter}. */
export const createScriptRecord = (
  script: Script,
  request: JobRequest,
  machine: LocalMachine,
): Promise<LocalJobRecord> =>
  createJobRecord(
    'script',
    toScriptFileName(script.name),
    fixScript(script.name, script.text).text,
    request,
    machine,
  );

/** Writes a script into its job's folder, in the form that runs. */
export async function snapshotScript(paths: JobPaths, text: string, record: LocalJobRecord): Promise<void> {
  await mkdir(paths.submitted, { mode: 0o700 });
  await mkdir(paths.work, { mode: 0o700 });
  const { text: mended } = fixScript(record.script, text);
  await writeFile(paths.script, mended, { mode: 0o600 });
  await writeFile(join(paths.work, record.script), mended, { mode: 0o700 });
}

/** The tar of a bundle; without `sha256` it is not verified. */
export type BundleTar = Pick<Bundle, 'file' | 'root' | 'bytes'> & { readonly sha256?: string };

/**
 * Copies a bundle into its job's folder and unpacks it there.
 *
 * @throws {@link JobError} of kind `unsafeName`, `invalid`, `changed`, `missingTool`, `noInterpreter`.
 */
export async function snapshotBundle(
  paths: JobPaths,
  tar: BundleTar,
  entry: string,
  request: JobRequest,
  machine: LocalMachine,
  signal: AbortSignal,
  report?: ProgressCallback,
): Promise<LocalJobRecord> {
  if (/[/\\\0]/.test(tar.root) || ['', '.', '..'].includes(tar.root)) {
    throw new JobError({ kind: 'unsafeName', name: tar.root });
  }
  await mkdir(paths.submitted, { mode: 0o700 });
  await copyTar(tar, paths.tar, signal, report);
  await unpackInto(paths, tar.root, machine.unpack, signal);
  const file = await resolveEntryFile(paths, entry, tar.root);
  await fixScriptFile(file, entry);
  const text = (await readFile(file)).subarray(0, 4096).toString('latin1');
  const record = await createJobRecord('bundle', entry, text, request, machine);
  await copyFile(join(paths.work, entry), paths.script);
  await writeFile(paths.files, JSON.stringify(await listPathsBelow(paths.work)), { mode: 0o600 });
  return { ...record, root: tar.root };
}

/** Makes the content of the bundle's root directory the job's working directory. */
async function unpackInto(
  paths: JobPaths,
  root: string,
  unpack: TarUnpacker,
  signal: AbortSignal,
): Promise<void> {
  const unpacking = join(paths.dir, 'unpacking');
  await mkdir(unpacking, { mode: 0o700 });
  await unpack(paths.tar, unpacking, signal);
  throwIfAborted(signal);
  try {
    await renameOver(join(unpacking, root), paths.work);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new JobError(
      { kind: 'invalid', why: `The bundle does not contain the folder ${root}.` },
      { cause: error },
    );
  }
  await rm(unpacking, { recursive: true, force: true, maxRetries: 3 });
}

/** Copies the tar, reports the progress, and verifies that it has not changed since it was packed. */
async function copyTar(
  tar: BundleTar,
  to: string,
  signal: AbortSignal,
  report: ProgressCallback | undefined,
): Promise<void> {
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

async function resolveEntryFile(paths: JobPaths, entry: string, root: string): Promise<string> {
  try {
    const file = await resolveInsideFolder(paths.work, entry);
    await access(file, constants.R_OK);
    return file;
  } catch (error) {
    const isGone = error instanceof JobError && error.problem.kind === 'gone';
    if (!isGone && !isMissing(error)) throw error;
    throw new JobError({ kind: 'invalid', why: `The bundle of ${root} has no file ${entry} to run.` });
  }
}

/** All files below a folder, as relative paths with `/`. */
async function listPathsBelow(folder: string): Promise<readonly string[]> {
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

/** The request that a job was submitted with. */
export const toJobRequest = ({ name, args, env, limitMs, options }: LocalJobRecord): JobRequest => ({
  name,
  args,
  env,
  options,
  ...(limitMs === undefined ? {} : { limitMs }),
});

/** Creates a job's folder from another's: the same content, and the present interpreter. */
export async function snapshotFromJob(
  paths: JobPaths,
  from: JobPaths,
  record: LocalJobRecord,
  request: JobRequest,
  machine: LocalMachine,
  signal: AbortSignal,
): Promise<LocalJobRecord> {
  if (record.work === 'script') {
    const text = await readFile(from.script, 'utf8');
    const again = await createJobRecord('script', record.script, text, request, machine);
    await snapshotScript(paths, text, again);
    return again;
  }
  const tar = { file: from.tar, root: record.root ?? '', bytes: 0 };
  return snapshotBundle(paths, tar, record.script, request, machine, signal);
}
