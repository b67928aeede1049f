import { toOneLine } from '../../lib/sanitize.js';
import type { Job } from '../domain/job.js';
import { getRunFailure } from '../domain/jobFailure.js';
import type { JobMetadata } from '../domain/jobMetadata.js';
import { formatFailurePlace } from './failureText.js';
import { toPartRowId } from './rowIds.js';
import type { TreeRow } from './treeRows.js';

/** True if the log of a failed job names the line of the error. */
export const hasErrorLine = (job: Job, metadata: JobMetadata | undefined): boolean => {
  const failure = getRunFailure(job, metadata);
  return failure?.file !== undefined && failure.line !== undefined;
};

/**
 * The row below a failed job with the error of its log, whose line a click opens, or with the last line of the log.
 * Undefined: the log was not searched, or it is empty.
 */
export function createFailureRow(
  connection: string,
  job: Job,
  metadata: JobMetadata | undefined,
): TreeRow | undefined {
  const failure = getRunFailure(job, metadata);
  const label = toOneLine(failure?.text ?? failure?.lastLine ?? '');
  if (!failure || label === '') return undefined;
  const place = formatFailurePlace(failure);
  const description = failure.text === undefined ? 'last line of the log' : place && toOneLine(place);
  return {
    id: toPartRowId(connection, job.id, 'failure'),
    label,
    ...(description === undefined ? {} : { description }),
    icon: 'error',
    color: 'testing.iconFailed',
    action: 'failure',
    context: 'part failure',
    ariaLabel: description === undefined ? `Error: ${label}` : `Error: ${label}, ${description}`,
    expands: 'no',
  };
}
