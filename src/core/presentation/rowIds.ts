/** What a row's id says: its connection, and where it is one, its job and what of it. */
export interface RowId {
  readonly connection: string;
  readonly job?: string;
  /** What stands below a job: `log`, `result/answer.txt`. */
  readonly part?: string;
}

/** The id of a job's row. A job's own id may hold anything, so that what divides is written in another way. */
export const jobRowId = (connection: string, job: string): string =>
  `${connection}/${job.replaceAll('%', '%25').replaceAll('/', '%2F')}`;

/** The id of a row below a job's. */
export const partRowId = (connection: string, job: string, part: string): string =>
  `${jobRowId(connection, job)}/${part}`;

/** Takes a row's id apart. */
export function readRowId(rowId: string): RowId {
  const [connection = '', job, ...part] = rowId.split('/');
  if (job === undefined) return { connection };
  const id = job.replaceAll('%2F', '/').replaceAll('%25', '%');
  return part.length === 0 ? { connection, job: id } : { connection, job: id, part: part.join('/') };
}
