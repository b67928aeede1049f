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

/** Dependencies of staging. */
export interface StagingParts {
  readonly files: HostFiles;
  readonly dialect: Pick<SubmitDialect, 'program' | 'toBatch'>;
  /** Where the jobs' folders are created: absolute, or `~/…`. */
  readonly root: string;
  readonly clock: Clock;
}

/** A job's folder on the cluster, ready to be submitted. */
export interface Staged {
  readonly place: SubmissionPlace;
  readonly batch: Batch;
  /** How many files were written into the working directory. */
  readonly laid: number;
  /** Deletes the folder, since nothing was submitted. Never fails. */
  readonly discard: () => Promise<void>;
}

/** Lays a single script down, with its language environment where it has one. @throws as {@link makeFolder}. */
export async function stageScript(
  parts: StagingParts,
  script: Script,
  setup: string,
  signal: AbortSignal,
): Promise<Staged> {
  const environment = Object.entries(script.environment?.files ?? {});
  const files: readonly NewFile[] = [[script.name, script.text] as const, ...environment].map(
    ([name, text]) => ({ path: `${workName}/${name}`, text }),
  );
  const folder = await makeFolder(parts.files, parts.root, newName(parts.clock), { files }, signal);
  return laidIn(parts, folder, { ...script, laid: files.length }, setup, signal);
}

/** Writes the batch script into a folder that contains everything else; if that fails, the folder is deleted. */
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

/** The maximum size of a script inside a bundle, in bytes; Slurm's own default limit. */
const mostScript = 4 * 1024 * 1024;

/** Uploads a bundle as a compressed stream that is unpacked on arrival. @throws as {@link makeFolder}. */
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

/** An earlier job whose folder still exists. */
export interface Again {
  /** Absolute. */
  readonly folder: string;
  /** The script, relative to the working directory. */
  readonly script: string;
  /** How many files were written into that working directory. */
  readonly laid: number;
}

/**
 * Copies the submitted files of an earlier job into a new folder.
 *
 * @throws as {@link makeFolder}, and of kind `invalid` where they have changed or no longer exist.
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

/** Continues when the submission is cancelled. */
const discard = ({ files }: StagingParts, folder: string): Promise<void> =>
  removeFolder(files, folder, neverAborted).catch(() => undefined);

function newName(clock: Clock): string {
  const [day = '', time = ''] = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${day}-${time}-${randomBytes(4).toString('hex')}`;
}
