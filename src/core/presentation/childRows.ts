import { oneLine, printable } from '../../lib/printable.js';
import type { Job } from '../domain/job.js';
import type { ChildList } from '../jobs/childList.js';
import { pageOfChildren, sumCounts } from '../jobs/childPages.js';
import { unreachableReason } from './connectionNotices.js';
import { countText } from './duration.js';
import { noticeOf } from './notice.js';
import { partRowId } from './rowIds.js';
import type { Row } from './rows.js';

/**
 * The row after the children that are loaded page by page: children are loading, there are none, loading
 * failed, or more can be loaded.
 */
export function childRows(connection: string, parent: Job, list: ChildList): readonly Row[] {
  const id = (part: string): string => partRowId(connection, parent.id, part);
  const name = printable(parent.name);
  if (list.problem) {
    const why = oneLine(unreachableReason(list.problem) ?? noticeOf(list.problem).text);
    return [
      {
        id: id('childrenFailed'),
        label: 'Could not be loaded · Retry',
        description: why,
        icon: 'warning',
        colour: 'list.warningForeground',
        context: 'childrenFailed',
        spoken: `The jobs of ${name} could not be loaded: ${why}. Press Enter to try again.`,
        expands: 'no',
        opens: 'retryChildren',
      },
    ];
  }
  if (list.isLoading) return [plainRow(id('childrenLoading'), 'Loading…', 'loading~spin')];
  if (list.isLoaded && list.jobs.length === 0 && list.next === undefined)
    return [plainRow(id('childrenNone'), 'No jobs', undefined)];
  return list.next === undefined ? [] : [moreRowOf(id('childrenMore'), parent, list)];
}

const plainRow = (id: string, label: string, icon: string | undefined): Row => ({
  id,
  label,
  ...(icon === undefined ? {} : { icon }),
  context: 'children',
  spoken: label,
  expands: 'no',
});

function moreRowOf(id: string, parent: Job, { jobs, total = countOf(parent) }: ChildList): Row {
  const isKnown = total !== undefined && total > jobs.length;
  const next = isKnown ? Math.min(pageOfChildren, total - jobs.length) : pageOfChildren;
  const shown = isKnown
    ? `${countText(jobs.length)} of ${countText(total)}`
    : `${countText(jobs.length)} shown`;
  return {
    id,
    label: `Load ${String(next)} More…`,
    description: shown,
    icon: 'ellipsis',
    context: 'childrenMore',
    spoken: `Load ${String(next)} more jobs of ${printable(parent.name)}, ${shown}`,
    expands: 'no',
    opens: 'moreChildren',
  };
}

const countOf = ({ tasks }: Job): number | undefined => tasks && sumCounts(tasks);
