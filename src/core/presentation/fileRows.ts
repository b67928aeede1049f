import type { Backend } from '../domain/backend.js';
import { readableName } from '../../lib/byteNames.js';
import { bytesText, countText } from './duration.js';
import type { Job, JobFile } from '../domain/job.js';
import { oneLine, printable } from '../../lib/printable.js';
import { partRowId, readRowId } from './rowIds.js';
import type { Row } from './rows.js';
import { unreachable } from '../../lib/unreachable.js';

/** The kinds of files that have rows, in display order. Submitted files have none: there can be thousands. */
const shownFiles: readonly JobFile['kind'][] = ['result', 'output', 'source', 'project'];

function kindText(kind: JobFile['kind']): string {
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
      return unreachable(kind);
  }
}

/** The maximum number of file rows of a job; with more, the view would be slow. */
const maxFileRows = 1_000;

/**
 * The rows of a job's files. With more than {@link maxFileRows} files, the last row shows the number of
 * hidden ones.
 */
export function fileRows(backend: Backend, job: Job, files: readonly JobFile[]): readonly Row[] {
  const shown = shownFiles.flatMap((kind) => files.filter((file) => file.kind === kind));
  const rows = shown.slice(0, maxFileRows).map((file) => fileRow(backend, job, file));
  const hidden = shown.length - rows.length;
  return hidden > 0 ? [...rows, moreFilesRow(backend, job, hidden)] : rows;
}

/** `hidden`: the number of files without a row. */
function moreFilesRow(backend: Backend, job: Job, hidden: number): Row {
  const label = `${countText(hidden)} more files`;
  const description = 'use Download All Files… to get all of them';
  return {
    id: partRowId(backend.connection.id, job.id, 'moreFiles'),
    label,
    description,
    icon: 'ellipsis',
    context: 'part moreFiles',
    spoken: `${label}, ${description}`,
    expands: 'no',
  };
}

/** The row that replaces the files of a job if they could not be read. `why`: a sentence or phrase. */
export function noFilesRow(connection: string, job: string, why: string): Row {
  const label = 'Could not read files';
  return {
    id: partRowId(connection, job, 'noFiles'),
    label,
    description: oneLine(why),
    icon: 'warning',
    colour: 'list.warningForeground',
    context: 'part noFiles',
    spoken: `${label}, ${oneLine(why)}`,
    expands: 'no',
  };
}

function fileRow(backend: Backend, job: Job, file: JobFile): Row {
  const kind = kindText(file.kind);
  const description = file.bytes === undefined ? kind : `${bytesText(file.bytes)} · ${kind}`;
  return {
    id: fileRowId(backend.connection.id, job.id, file),
    label: printable(readableName(file.name)),
    description,
    icon: file.kind === 'result' ? 'file-binary' : 'file',
    context: backend.files?.read ? 'file download' : 'file',
    spoken: `${printable(readableName(file.name))}, ${description}`,
    expands: 'no',
    opens: 'file',
  };
}

/** The id of a file's row. */
export const fileRowId = (connection: string, job: string, file: JobFile): string =>
  partRowId(connection, job, `${file.kind}/${file.name}`);

/** The file of a row. */
export function fileAt(rowId: string, files: readonly JobFile[]): JobFile | undefined {
  const { connection, job = '' } = readRowId(rowId);
  return files.find((file) => fileRowId(connection, job, file) === rowId);
}
