import type { Backend } from '../domain/backend.js';
import { toReadableName } from '../../lib/byteNames.js';
import { formatBytes, formatCount } from './formatting.js';
import type { Job, JobFile } from '../domain/job.js';
import { toOneLine, sanitize } from '../../lib/sanitize.js';
import { toPartRowId, parseRowId } from './rowIds.js';
import type { TreeRow } from './treeRows.js';
import { assertNever } from '../../lib/assertNever.js';

/** The kinds of files that have rows, in display order. Submitted files have none: there can be thousands. */
const shownFileKinds: readonly JobFile['kind'][] = ['result', 'output', 'source', 'project'];

function formatFileKind(kind: JobFile['kind']): string {
  switch (kind) {
    case 'result':
      return 'result';
    case 'output':
      return 'output';
    case 'input':
      return 'submitted';
    case 'source':
      return 'executed script';
    case 'project':
      return 'resolved environment';
    case 'log':
      return 'log';
    default:
      return assertNever(kind);
  }
}

/** The maximum number of file rows of a job; with more, the view would be slow. */
const maxFileRows = 1_000;

/**
 * The rows of a job's files. With more than {@link maxFileRows} files, the last row shows the number of
 * hidden ones.
 */
export function createFileRows(backend: Backend, job: Job, files: readonly JobFile[]): readonly TreeRow[] {
  const shown = shownFileKinds.flatMap((kind) => files.filter((file) => file.kind === kind));
  const rows = shown.slice(0, maxFileRows).map((file) => createFileRow(backend, job, file));
  const hidden = shown.length - rows.length;
  return hidden > 0 ? [...rows, createMoreFilesRow(backend, job, hidden)] : rows;
}

/** `hidden`: the number of files without a row. */
function createMoreFilesRow(backend: Backend, job: Job, hidden: number): TreeRow {
  const label = `${formatCount(hidden)} more files`;
  const description = 'use Download All Files… to get all of them';
  return {
    id: toPartRowId(backend.connection.id, job.id, 'moreFiles'),
    label,
    description,
    icon: 'ellipsis',
    context: 'part moreFiles',
    ariaLabel: `${label}, ${description}`,
    expands: 'no',
  };
}

/** The row that replaces the files of a job if they could not be read. `why`: a sentence or phrase. */
export function createUnreadableFilesRow(connection: string, job: string, why: string): TreeRow {
  const label = 'Could not read files';
  return {
    id: toPartRowId(connection, job, 'noFiles'),
    label,
    description: toOneLine(why),
    icon: 'warning',
    color: 'list.warningForeground',
    context: 'part noFiles',
    ariaLabel: `${label}, ${toOneLine(why)}`,
    expands: 'no',
  };
}

function createFileRow(backend: Backend, job: Job, file: JobFile): TreeRow {
  const kind = formatFileKind(file.kind);
  const description = file.bytes === undefined ? kind : `${formatBytes(file.bytes)} · ${kind}`;
  return {
    id: toFileRowId(backend.connection.id, job.id, file),
    label: sanitize(toReadableName(file.name)),
    description,
    fileName: sanitize(toReadableName(file.name)),
    context: [
      'file',
      ...(backend.files?.read ? ['download'] : []),
      ...(backend.files?.getLocalPath ? ['reveal'] : []),
    ].join(' '),
    ariaLabel: `${sanitize(toReadableName(file.name))}, ${description}`,
    expands: 'no',
    action: 'file',
  };
}

/** The id of a file's row. */
export const toFileRowId = (connection: string, job: string, file: JobFile): string =>
  toPartRowId(connection, job, `${file.kind}/${file.name}`);

/** The file of a row. */
export function findFileByRowId(rowId: string, files: readonly JobFile[]): JobFile | undefined {
  const { connection, job = '' } = parseRowId(rowId);
  return files.find((file) => toFileRowId(connection, job, file) === rowId);
}
