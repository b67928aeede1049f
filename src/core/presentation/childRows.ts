import { toOneLine, sanitize } from '../../lib/sanitize.js';
import type { Job } from '../domain/job.js';
import type { ChildList } from '../jobs/childList.js';
import { childPageSize, sumCounts } from '../jobs/childPages.js';
import { getUnreachableReason } from './connectionNotices.js';
import { formatCount } from './formatting.js';
import { createNotice } from './notice.js';
import { toPartRowId } from './rowIds.js';
import type { TreeRow } from './treeRows.js';

/**
 * The row after the children that are loaded page by page: children are loading, there are none, loading
 * failed, or more can be loaded.
 */
export function createChildRows(connection: string, parent: Job, list: ChildList): readonly TreeRow[] {
  const id = (part: string): string => toPartRowId(connection, parent.id, part);
  const name = sanitize(parent.name);
  if (list.problem) {
    const why = toOneLine(getUnreachableReason(list.problem) ?? createNotice(list.problem).text);
    return [
      {
        id: id('childrenFailed'),
        label: 'Could not be loaded · Retry',
        description: why,
        icon: 'warning',
        color: 'list.warningForeground',
        context: 'childrenFailed',
        ariaLabel: `The jobs of ${name} could not be loaded: ${why}. Press Enter to try again.`,
        expands: 'no',
        action: 'retryChildren',
      },
    ];
  }
  if (list.isLoading) return [createPlainRow(id('childrenLoading'), 'Loading…', 'loading~spin')];
  if (list.isLoaded && list.jobs.length === 0 && list.next === undefined)
    return [createPlainRow(id('childrenNone'), 'No jobs', undefined)];
  return list.next === undefined ? [] : [createMoreChildrenRow(id('childrenMore'), parent, list)];
}

const createPlainRow = (id: string, label: string, icon: string | undefined): TreeRow => ({
  id,
  label,
  ...(icon === undefined ? {} : { icon }),
  context: 'children',
  ariaLabel: label,
  expands: 'no',
});

function createMoreChildrenRow(
  id: string,
  parent: Job,
  { jobs, total = getTaskTotal(parent) }: ChildList,
): TreeRow {
  const isKnown = total !== undefined && total > jobs.length;
  const next = isKnown ? Math.min(childPageSize, total - jobs.length) : childPageSize;
  const shown = isKnown
    ? `${formatCount(jobs.length)} of ${formatCount(total)}`
    : `${formatCount(jobs.length)} shown`;
  return {
    id,
    label: `Load ${String(next)} More…`,
    description: shown,
    icon: 'ellipsis',
    context: 'childrenMore',
    ariaLabel: `Load ${String(next)} more jobs of ${sanitize(parent.name)}, ${shown}`,
    expands: 'no',
    action: 'moreChildren',
  };
}

const getTaskTotal = ({ tasks }: Job): number | undefined => tasks && sumCounts(tasks);
