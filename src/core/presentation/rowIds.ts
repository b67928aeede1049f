/** The parts of a row's id: its connection, its job if it has one, and its part of the job. */
export interface RowId {
  readonly connection: string;
  readonly job?: string;
  /** The row below a job: `log`, `result/answer.txt`. */
  readonly part?: string;
}

/** The id of a job's row. The separator is escaped, since a job's id can contain any characters. */
export const toJobRowId = (connection: string, job: string): string =>
  `${connection}/${job.replaceAll('%', '%25').replaceAll('/', '%2F')}`;

/** The id of a row below a job. */
export const toPartRowId = (connection: string, job: string, part: string): string =>
  `${toJobRowId(connection, job)}/${part}`;

/** Parses the id of a row. */
export function parseRowId(rowId: string): RowId {
  const [connection = '', job, ...part] = rowId.split('/');
  if (job === undefined) return { connection };
  const id = job.replaceAll('%2F', '/').replaceAll('%25', '%');
  return part.length === 0 ? { connection, job: id } : { connection, job: id, part: part.join('/') };
}
