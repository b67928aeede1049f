import { neverAborted } from '../../../lib/abort.js';
import { randomBytes } from 'node:crypto';
import type { Bundle, Report, Script } from '../../../core/domain/jobSpec.js';
import type { Clock } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import {
  copyLaid,
  layFile,
  makeFolder,
  removeFolder,
  textOf,
  type HostFiles,
  type NewFile,
} from '../../../remote/folders.js';
import { gzipped } from '../../../http/gzipped.js';
import type { SubmitDialect } from '../dialect.js';
import type { Batch } from './batch.js';
import { toRecordingBatch } from './recording.js';
import { batchName, workName, type SubmissionPlace } from './submission.js';

/** What staging needs. */
export interface StagingParts {
  readonly files: HostFiles;
  readonly dialect: Pick<SubmitDialect, 'program' | 'toBatch'>;
  /** Where the jobs' folders are made: absolute, or `~/…`. */
  readonly root: string;
  readonly clock: Clock;
}

/** A job's folder on the cluster, ready to be submitted. */
export interface Staged {
  readonly place: SubmissionPlace;
  readonly batch: Batch;
  /** How many files were laid into the folder it runs in. */
  readonly laid: number;
  /** Removes it: nothing was submitted. Never fails. */
  readonly discard: () => Promise<void>;
}

/** Lays a single script down, with its Julia environment where it has one. @throws as {@link makeFolder}. */
export async function stageScript(
  parts: StagingParts,
  script: Script,
  setup: string,
  signal: AbortSignal,
): Promise<Staged> {
  const { project, manifest, artifacts } = script.environment ?? {};
  const laid: readonly (readonly [string, string | undefined])[] = [
    [`${workName}/${script.name}`, script.text],
    [`${workName}/Project.toml`, project],
    [`${workName}/Manifest.toml`, manifest],
    [`${workName}/Artifacts.toml`, artifacts],
  ];
  const files: readonly NewFile[] = laid.flatMap(([path, text]) =>
    text === undefined ? [] : [{ path, text }],
  );
  const folder = await makeFolder(parts.files, parts.root, newName(parts.clock), { files }, signal);
  return laidIn(parts, folder, { ...script, laid: files.length }, setup, signal);
}

/** Lays the batch script of a script into a folder that is otherwise filled; where that fails the folder is removed. */
async function laidIn(
  parts: StagingParts,
  folder: string,
  script: Pick<Script, 'name' | 'text'> & { readonly laid: number },
  setup: string,
  signal: AbortSignal,
): Promise<Staged> {
  try {
    const path = `${folder}/${workName}/${script.name}`;
    const toBatch = parts.dialect.toBatch ?? toRecordingBatch;
    const batch = toBatch({ name: script.name, text: script.text, path, setup });
    const mended = batch.script;
    if (mended !== undefined)
      await layFile(parts.files, folder, { path: `${workName}/${script.name}`, text: mended }, signal);
    await layFile(parts.files, folder, { path: batchName, text: batch.text }, signal);
    return staged(parts, folder, batch, script.laid);
  } catch (error) {
    await discard(parts, folder);
    throw error;
  }
}

/** The longest script inside a bundle, in bytes; Slurm itself takes no longer one unless it is told to. */
const mostScript = 4 * 1024 * 1024;

/** Sends a bundle as a compressed stream and unpacks it on the way. @throws as {@link makeFolder}. */
export async function stageBundle(
  parts: StagingParts,
  bundle: Bundle,
  entry: string,
  setup: string,
  report: Report | undefined,
  signal: AbortSignal,
): Promise<Staged> {
  const { files, root, clock } = parts;
  const tar = gzipped(bundle.file, (doneBytes) => report?.(doneBytes, bundle.bytes));
  const folder = await makeFolder(files, root, newName(clock), { tar, files: [] }, signal);
  const text = await entryText(parts, `${folder}/${workName}/${entry}`, entry, signal).catch(
    async (error: unknown) => {
      await discard(parts, folder);
      throw error;
    },
  );
  return laidIn(parts, folder, { name: entry, text, laid: bundle.files }, setup, signal);
}

/** A job whose folder is still there. */
export interface Again {
  /** Absolute. */
  readonly folder: string;
  /** The script, below the folder it ran in. */
  readonly script: string;
  /** How many files were laid into that folder. */
  readonly laid: number;
}

/**
 * Lays into a new folder what was laid into that of an earlier job.
 *
 * @throws as {@link makeFolder}, and of kind `invalid` where that is not there any more as it was.
 */
export async function stageAgain(
  parts: StagingParts,
  { folder: from, script, laid }: Again,
  setup: string,
  signal: AbortSignal,
): Promise<Staged> {
  const { files, root, clock } = parts;
  const folder = await makeFolder(files, root, newName(clock), { files: [] }, signal);
  try {
    const copied = await copyLaid(files, `${from}/${workName}`, `${folder}/${workName}`, signal);
    if (copied !== laid)
      throw new JobError({
        kind: 'invalid',
        why: 'The files submitted with this job have changed or no longer exist.',
      });
    const text = await entryText(parts, `${folder}/${workName}/${script}`, script, signal);
    return await laidIn(parts, folder, { name: script, text, laid }, setup, signal);
  } catch (error) {
    await discard(parts, folder);
    throw error;
  }
}

async function entryText(
  { files, dialect: { program } }: StagingParts,
  path: string,
  entry: string,
  signal: AbortSignal,
): Promise<string> {
  const text = await textOf(files, path, mostScript + 1, signal);
  if (text === undefined) throw new JobError({ kind: 'gone', name: entry });
  if (Buffer.byteLength(text) > mostScript)
    throw new JobError({
      kind: 'invalid',
      why: `${entry} exceeds the 4 MB limit of ${program}.`,
    });
  return text;
}

const staged = (parts: StagingParts, folder: string, batch: Batch, laid: number): Staged => ({
  place: { folder, work: `${folder}/${workName}`, script: `${folder}/${batchName}` },
  batch,
  laid,
  discard: () => discard(parts, folder),
});

/** Whoever stopped the submission does not stop this. */
const discard = ({ files }: StagingParts, folder: string): Promise<void> =>
  removeFolder(files, folder, neverAborted).catch(() => undefined);

function newName(clock: Clock): string {
  const [day = '', time = ''] = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${day}-${time}-${randomBytes(4).toString('hex')}`;
}
