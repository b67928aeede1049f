import { neverAborted } from '../../../lib/abort.js';
import { randomBytes } from 'node:crypto';
import type { Bundle, ProgressCallback, Script } from '../../../core/domain/jobSpec.js';
import type { Clock } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import {
  copyUnchangedFiles,
  writeHostFile,
  createJobFolder,
  removeFolder,
  readTextFile,
  type HostFileSystem,
  type FileUpload,
} from '../../../remote/hostFiles.js';
import { createGzipStream } from '../../../http/gzipStream.js';
import type { SubmitDialect } from '../dialect.js';
import type { BatchFile } from './batchFile.js';
import { toRecordingBatch } from './recordingBatch.js';
import { batchFileName, workFolderName, type SubmissionPaths } from './submission.js';

/** Dependencies of staging. */
export interface StagingDeps {
  readonly files: HostFileSystem;
  readonly dialect: Pick<SubmitDialect, 'program' | 'toBatch'>;
  /** Where the jobs' folders are created: absolute, or `~/…`. */
  readonly root: string;
  readonly clock: Clock;
}

/** A job's folder on the cluster, ready to be submitted. */
export interface StagedJob {
  readonly paths: SubmissionPaths;
  readonly batch: BatchFile;
  /** How many files were written into the working directory. */
  readonly fileCount: number;
  /** Deletes the folder, since nothing was submitted. Never fails. */
  readonly discard: () => Promise<void>;
}

/** Lays a single script down, with its language environment where it has one. @throws as {@link createJobFolder}. */
export async function stageScript(
  parts: StagingDeps,
  script: Script,
  setup: string,
  signal: AbortSignal,
): Promise<StagedJob> {
  const environment = Object.entries(script.environment?.files ?? {});
  const files: readonly FileUpload[] = [[script.name, script.text] as const, ...environment].map(
    ([name, text]) => ({ path: `${workFolderName}/${name}`, text }),
  );
  const folder = await createJobFolder(
    parts.files,
    parts.root,
    createFolderName(parts.clock),
    { files },
    signal,
  );
  return writeBatchFile(parts, folder, { ...script, laid: files.length }, setup, signal);
}

/** Writes the batch script into a folder that contains everything else; if that fails, the folder is deleted. */
async function writeBatchFile(
  parts: StagingDeps,
  folder: string,
  script: Pick<Script, 'name' | 'text'> & { readonly laid: number },
  setup: string,
  signal: AbortSignal,
): Promise<StagedJob> {
  try {
    const path = `${folder}/${workFolderName}/${script.name}`;
    const toBatch = parts.dialect.toBatch ?? toRecordingBatch;
    const batch = toBatch({ name: script.name, text: script.text, path, setup });
    const mended = batch.script;
    if (mended !== undefined)
      await writeHostFile(
        parts.files,
        folder,
        { path: `${workFolderName}/${script.name}`, text: mended },
        signal,
      );
    await writeHostFile(parts.files, folder, { path: batchFileName, text: batch.text }, signal);
    return createStagedJob(parts, folder, batch, script.laid);
  } catch (error) {
    await discardFolder(parts, folder);
    throw error;
  }
}

/** The maximum size of a script inside a bundle, in bytes; Slurm's own default limit. */
const maxScriptBytes = 4 * 1024 * 1024;

/** Uploads a bundle as a compressed stream that is unpacked on arrival. @throws as {@link createJobFolder}. */
export async function stageBundle(
  parts: StagingDeps,
  bundle: Bundle,
  entry: string,
  setup: string,
  report: ProgressCallback | undefined,
  signal: AbortSignal,
): Promise<StagedJob> {
  const { files, root, clock } = parts;
  const tar = createGzipStream(bundle.file, (doneBytes) => report?.(doneBytes, bundle.bytes));
  const folder = await createJobFolder(files, root, createFolderName(clock), { tar, files: [] }, signal);
  const text = await readEntryScript(parts, `${folder}/${workFolderName}/${entry}`, entry, signal).catch(
    async (error: unknown) => {
      await discardFolder(parts, folder);
      throw error;
    },
  );
  return writeBatchFile(parts, folder, { name: entry, text, laid: bundle.files }, setup, signal);
}

/** An earlier job whose folder still exists. */
export interface JobToResubmit {
  /** Absolute. */
  readonly folder: string;
  /** The script, relative to the working directory. */
  readonly script: string;
  /** How many files were written into that working directory. */
  readonly fileCount: number;
}

/**
 * Copies the submitted files of an earlier job into a new folder.
 *
 * @throws as {@link createJobFolder}, and of kind `invalid` where they have changed or no longer exist.
 */
export async function stageResubmission(
  parts: StagingDeps,
  { folder: from, script, fileCount: laid }: JobToResubmit,
  setup: string,
  signal: AbortSignal,
): Promise<StagedJob> {
  const { files, root, clock } = parts;
  const folder = await createJobFolder(files, root, createFolderName(clock), { files: [] }, signal);
  try {
    const copied = await copyUnchangedFiles(
      files,
      `${from}/${workFolderName}`,
      `${folder}/${workFolderName}`,
      signal,
    );
    if (copied !== laid)
      throw new JobError({
        kind: 'invalid',
        why: 'The files submitted with this job have changed or no longer exist.',
      });
    const text = await readEntryScript(parts, `${folder}/${workFolderName}/${script}`, script, signal);
    return await writeBatchFile(parts, folder, { name: script, text, laid }, setup, signal);
  } catch (error) {
    await discardFolder(parts, folder);
    throw error;
  }
}

async function readEntryScript(
  { files, dialect: { program } }: StagingDeps,
  path: string,
  entry: string,
  signal: AbortSignal,
): Promise<string> {
  const text = await readTextFile(files, path, maxScriptBytes + 1, signal);
  if (text === undefined) throw new JobError({ kind: 'gone', name: entry });
  if (Buffer.byteLength(text) > maxScriptBytes)
    throw new JobError({
      kind: 'invalid',
      why: `${entry} exceeds the 4 MB limit of ${program}.`,
    });
  return text;
}

const createStagedJob = (parts: StagingDeps, folder: string, batch: BatchFile, laid: number): StagedJob => ({
  paths: { folder, work: `${folder}/${workFolderName}`, script: `${folder}/${batchFileName}` },
  batch,
  fileCount: laid,
  discard: () => discardFolder(parts, folder),
});

/** Continues when the submission is cancelled. */
const discardFolder = ({ files }: StagingDeps, folder: string): Promise<void> =>
  removeFolder(files, folder, neverAborted).catch(() => undefined);

function createFolderName(clock: Clock): string {
  const [day = '', time = ''] = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${day}-${time}-${randomBytes(4).toString('hex')}`;
}
