import { toReadableName } from '../lib/byteNames.js';
import { formatBytes, formatByteProgress } from '../core/presentation/formatting.js';
import { isActive, type JobFile } from '../core/domain/job.js';
import { toFileName } from '../core/logs/formatLog.js';
import type { ExpectedDownload } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import {
  formatSkippedNames,
  recordDownloadFailure,
  formatDownloadResult,
  type DownloadResult,
} from './downloadResult.js';
import {
  selectWritableFiles,
  createUnpackPrompt,
  formatNameList,
  confirmWrite,
  toDisplayName,
} from './withheldFiles.js';
import type { CommandDeps } from './commandDeps.js';
import { resolveTarget as one, type JobTarget } from './resolveTargets.js';
import type { ProgressReporter } from './ui.js';
import { readAllPages } from '../core/domain/paging.js';

/** Dependencies of downloads. */
export type DownloadFilesDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'disk' | 'clock'>;

/** Downloads one file of a job to a path that the user selects. `fileOf` finds the file of a row. */
export async function downloadFile(
  rows: readonly string[],
  fileOf: (row: string, files: readonly JobFile[]) => JobFile | undefined,
  ports: DownloadFilesDeps,
): Promise<void> {
  const { ui } = ports;
  const target = await one(rows, 'download', 'Download File', ports);
  if (!target) return;
  const files = await listJobFiles(target, ports);
  if (files.length === 0) return showNoFiles(target, ports);
  const [row] = rows;
  const file = (row === undefined ? undefined : fileOf(row, files)) ?? (await pickFile(files, ports));
  if (!file) return;
  const name = toDisplayName(file.name);
  const path = await ui.saveAs(`Download ${name}`, toFileName(toReadableName(getLastSegment(file.name))));
  if (path === undefined || !(await confirmWrite(path, ui))) return;
  await ui.progress(`Downloading ${name}`, (signal, progress) =>
    downloadTo({ file, path }, target, ports, signal, progress),
  );
  const open = 'Open';
  const unpack = 'Unpack';
  const isFolder = await isPackedFolder({ file, path }, ports);
  const text = `${name} was downloaded.`;
  const answer = await ui.showMessage('info', text, [isFolder ? unpack : open]);
  if (answer === open) await ui.openFile(path);
  if (answer === unpack) await unpackAll([{ file, path }], ports);
}

const getLastSegment = (name: string): string => name.split('/').at(-1) ?? name;

/** Downloads all files of a job into a folder that the user selects. Confirms before overwriting. */
export async function downloadAll(rows: readonly string[], ports: DownloadFilesDeps): Promise<void> {
  const { ui } = ports;
  const target = await one(rows, 'download', 'Download All Files', ports);
  if (!target) return;
  const files = (await listJobFiles(target, ports)).filter(({ kind }) => kind !== 'input');
  if (files.length === 0) return showNoFiles(target, ports);
  const folder = await ui.chooseFolder(
    `Download ${String(files.length)} Files of ${target.job.name}`,
    'Download Here',
  );
  if (folder === undefined) return;
  const result: DownloadResult = { written: [], skipped: [], left: [], failed: [] };
  const places = await planDownloads(files, folder, result, ports);
  const chosen = await resolveExistingFiles(places, result, ports);
  if (!chosen) return;
  const written = await downloadTargets(chosen, target, result, ports);
  const packed: DownloadTarget[] = [];
  for (const place of written) if (await isPackedFolder(place, ports)) packed.push(place);
  const reveal = 'Reveal Folder';
  const unpack = 'Unpack';
  const text = formatDownloadResult(result, { total: files.length, job: target.job.name });
  const isWhole = result.failed.length + result.left.length === 0 && result.stopped === undefined;
  const buttons = [...(packed.length > 0 ? [unpack] : []), ...(written.length > 0 ? [reveal] : [])];
  const answer = await ui.showMessage(isWhole ? 'info' : 'warning', text, buttons);
  if (answer === reveal) await ui.reveal(folder);
  if (answer === unpack) await unpackAll(packed, ports);
}

/** Downloads files one after the other and records failures. Returns the files that were written. */
async function downloadTargets(
  places: readonly DownloadTarget[],
  target: JobTarget,
  result: DownloadResult,
  ports: DownloadFilesDeps,
): Promise<readonly DownloadTarget[]> {
  const { ui, disk } = ports;
  const written: DownloadTarget[] = [];
  if (places.length === 0) return written;
  await ui.progress(`Downloading ${String(places.length)} files`, async (signal, progress) => {
    for (const [index, place] of places.entries()) {
      const { name } = place.file;
      progress(index / places.length, toDisplayName(name));
      try {
        // On a case-insensitive file system, or in the job's own folder, the name may exist by now.
        if (!place.isThere && (await disk.exists(place.path)))
          throw new JobError({
            kind: 'disk',
            path: toDisplayName(place.path),
            why: 'a file with this name now exists',
          });
        await downloadTo(place, target, ports, signal, () => undefined);
        written.push(place);
        result.written.push(name);
      } catch (error) {
        if (!recordDownloadFailure(error, name, result)) return;
      }
    }
  });
  return written;
}

/** True for a result folder, which is downloaded as a tar archive with any name. */
export const isPackedFolder = async (
  { file, path }: DownloadTarget,
  { disk }: DownloadFilesDeps,
): Promise<boolean> => file.kind === 'result' && (await disk.isTar(path));

/** Unpacks each archive into its own new folder beside it, and offers to show the folder. */
async function unpackAll(places: readonly DownloadTarget[], { ui, disk }: DownloadFilesDeps): Promise<void> {
  let folder: string | undefined;
  const left: string[] = [];
  const question = createUnpackPrompt(ui, left);
  for (const { file, path } of places)
    folder = await ui.progress(`Unpacking ${toDisplayName(file.name)}`, (signal) =>
      disk.unpack(path, signal, question),
    );
  if (folder === undefined) return;
  const reveal = 'Reveal Folder';
  const text =
    places.length === 1
      ? `${toDisplayName(places[0]?.file.name ?? '')} was unpacked into ${toDisplayName(folder)}.`
      : `${String(places.length)} result folders were unpacked.`;
  const rest = left.length > 0 ? ` ${formatSkippedNames(left)}` : '';
  const answer = await ui.showMessage(left.length > 0 ? 'warning' : 'info', text + rest, [reveal]);
  if (answer === reveal) await ui.reveal(folder);
}

async function showNoFiles({ job }: JobTarget, { ui }: DownloadFilesDeps): Promise<void> {
  await ui.showMessage('info', `${job.name} has no files.`, []);
}

/** A file and where to write it. */
export interface DownloadTarget {
  readonly file: JobFile;
  readonly path: string;
  /** The folder that must contain the path; undefined: the user selected the path. */
  readonly folder?: string;
  /** True: an existing file is overwritten. */
  readonly isThere?: boolean;
}

/** Maximum length of the prefix that makes a duplicate name unique. */
const maxPrefixChars = 64;

/** The path of each file to write. All names are validated before the first byte is written. */
async function planDownloads(
  files: readonly JobFile[],
  folder: string,
  result: DownloadResult,
  { ui, disk }: DownloadFilesDeps,
): Promise<readonly DownloadTarget[]> {
  const places: DownloadTarget[] = [];
  const taken = new Set<string>();
  for (const file of files) {
    try {
      let path = await disk.resolveInside(folder, file.name);
      // A result and an output can have the same name, and the new path can be taken as well.
      for (let prefix = `${file.kind}/`; taken.has(path); prefix += `${file.kind}/`) {
        if (prefix.length > maxPrefixChars) throw new JobError({ kind: 'unwritableName', name: file.name });
        path = await disk.resolveInside(folder, prefix + file.name);
      }
      taken.add(path);
      places.push({ file, path, folder });
    } catch (error) {
      if (!(error instanceof JobError) || error.problem.kind !== 'unwritableName') throw error;
      result.left.push(file.name);
    }
  }
  const chosen = await selectWritableFiles(
    places.map(({ file }) => file),
    ui,
  );
  for (const name of chosen.left) result.left.push(name);
  const wanted = new Set(chosen.files);
  return places.filter(({ file }) => wanted.has(file));
}

/** Prompts whether to overwrite or skip existing files; undefined: dismissed. */
async function resolveExistingFiles(
  places: readonly DownloadTarget[],
  result: DownloadResult,
  { ui, disk }: DownloadFilesDeps,
): Promise<readonly DownloadTarget[] | undefined> {
  const there = await Promise.all(places.map(({ path }) => disk.exists(path)));
  const existing = places.filter((_, index) => there[index]);
  if (existing.length === 0) return places;
  const overwrite = 'Overwrite';
  const skip = 'Skip Existing';
  const answer = await ui.confirm(
    `${String(existing.length)} of ${String(places.length)} files already exist.`,
    formatNameList(existing.map(({ file }) => file.name)),
    [skip, overwrite],
  );
  if (answer === undefined) return undefined;
  if (answer === overwrite)
    return places.map((place, index) => ({ ...place, isThere: there[index] ?? false }));
  for (const { file } of existing) result.skipped.push(file.name);
  return places.filter((_, index) => !there[index]);
}

/** Reads the list of a job's files. */
export function listJobFiles(
  { backend, job }: JobTarget,
  { ui }: DownloadFilesDeps,
): Promise<readonly JobFile[]> {
  const list = backend.files?.list;
  return ui.progress(`Reading the files of ${job.name}`, (signal) =>
    list ? readAllPages((page) => list(job.id, page, signal), signal) : Promise.resolve(job.files),
  );
}

async function pickFile(files: readonly JobFile[], { ui }: DownloadFilesDeps): Promise<JobFile | undefined> {
  const items = files.map((file) => ({
    value: file,
    label: toDisplayName(file.name),
    description: file.bytes === undefined ? file.kind : `${formatBytes(file.bytes)} · ${file.kind}`,
  }));
  const answer = await ui.pick({ title: 'Download File' }, items, 'Choose a file');
  return answer.kind === 'value' ? answer.value : undefined;
}

/** Writes a file to its path and verifies its expected size and checksum. */
export function downloadTo(
  { file, path, folder: within }: DownloadTarget,
  target: JobTarget,
  { disk }: DownloadFilesDeps,
  signal: AbortSignal,
  progress: ProgressReporter,
): Promise<void> {
  const expected = { ...toExpectedDownload(target, file), ...(within === undefined ? {} : { within }) };
  return disk.save(path, reportDownload(target, file, signal, progress), signal, expected);
}

/** The expectations that can be verified. A size without a checksum can change while the job still writes. */
function toExpectedDownload({ job }: JobTarget, { bytes, sha256 }: JobFile): ExpectedDownload {
  if (sha256 !== undefined) return { sha256 };
  return bytes !== undefined && !isActive(job) ? { bytes } : {};
}

async function* reportDownload(
  { backend, job }: JobTarget,
  file: JobFile,
  signal: AbortSignal,
  progress: ProgressReporter,
): AsyncGenerator<Uint8Array> {
  const read = backend.files?.read;
  if (!read) throw new JobError({ kind: 'gone', name: file.name });
  let done = 0;
  for await (const part of read(job.id, file, signal)) {
    done += part.length;
    progress(file.bytes ? done / file.bytes : undefined, formatByteProgress(done, file.bytes));
    yield part;
  }
}
