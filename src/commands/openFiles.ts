import { hasRawBytes, toReadableName } from '../lib/byteNames.js';
import type { JobFile } from '../core/domain/job.js';
import { toFileName } from '../core/logs/formatLog.js';
import { JobError } from '../core/domain/problem.js';
import { getNameEffect } from '../lib/toolNames.js';
import { downloadFile, downloadTo, isPackedFolder, listJobFiles } from './downloadFiles.js';
import type { DownloadFilesDeps } from './downloadFiles.js';
import { getRowId, resolveTarget as one } from './resolveTargets.js';
import { toDisplayName } from './withheldFiles.js';

/** Finds the file of a row. */
type FindFile = (row: string, files: readonly JobFile[]) => JobFile | undefined;

/** Maximum size of files that open on click, in bytes; larger ones are offered for download. */
const maxOpenBytes = 20 * 2 ** 20;

/** Opens a copy of a job's file. A large file is downloaded to a path that the user selects. */
export async function openJobFile(
  rows: readonly string[],
  fileOf: FindFile,
  ports: DownloadFilesDeps,
  place: 'here' | 'toSide' = 'here',
): Promise<void> {
  const { ui, disk } = ports;
  const [row] = rows;
  const target = await one(rows, 'download', 'Open File', ports);
  if (!target || row === undefined) return;
  const file = fileOf(row, await listJobFiles(target, ports));
  if (!file) throw new JobError({ kind: 'gone', name: row.split('/').at(-1) ?? row });
  if ((file.bytes ?? 0) > maxOpenBytes) return downloadFile(rows, fileOf, ports);
  const folder = await disk.getPreviewFolder(getRowId(target));
  const path = await disk.resolveInside(folder, `${file.kind}/${toCopyName(file.name)}`);
  await ui.progress(`Downloading ${toDisplayName(file.name)}`, (signal, progress) =>
    downloadTo({ file, path, folder }, target, ports, signal, progress),
  );
  // An editor cannot show it.
  if (await isPackedFolder({ file, path }, ports)) return downloadFile(rows, fileOf, ports);
  if (place === 'here') await ui.openFile(path);
  else await ui.openFile(path, undefined, place);
}

/** A file name for a preview copy that an editor can open and no program acts on. */
function toCopyName(name: string): string {
  const isPlain = getNameEffect(name) === undefined && !hasRawBytes(name) && !/[\\:]/.test(name);
  return isPlain ? name : toFileName(toReadableName(name));
}

/** Shows a job's file on this machine in the file manager. */
export async function revealJobFile(
  rows: readonly string[],
  fileOf: FindFile,
  ports: DownloadFilesDeps,
): Promise<void> {
  const [row] = rows;
  const target = await one(rows, 'folder', 'Reveal File', ports);
  if (!target || row === undefined) return;
  const { files } = target.backend;
  const file = fileOf(row, await listJobFiles(target, ports));
  const path = file && (await files?.getLocalPath?.(target.job.id, file));
  if (path === undefined) throw new JobError({ kind: 'gone', name: file?.name ?? row });
  await ports.ui.reveal(path);
  await files?.markSeen?.(target.job.id);
}
