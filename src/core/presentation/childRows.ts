import { oneLine, printable } from '../../lib/printable.js';
import type { Say } from '../../lib/say.js';
import type { Job } from '../domain/job.js';
import type { ChildList } from '../jobs/childList.js';
import { pageOfChildren, sumCounts } from '../jobs/childPages.js';
import { unreachableReason } from './connectionNotices.js';
import { countText } from './duration.js';
import { noticeOf } from './notice.js';
import { partRowId } from './rowIds.js';
import type { Row } from './rows.js';

/**
 * The rows after the children of a job that are loaded by pages: one that says that they are being loaded, that there are
 * none, or why they could not be loaded, or that loads more of them.
 */
export function childRows(connection: string, parent: Job, list: ChildList, say: Say): readonly Row[] {
  const id = (part: string): string => partRowId(connection, parent.id, part);
  const name = printable(parent.name);
  if (list.problem) {
    const why = oneLine(unreachableReason(list.problem, say) ?? noticeOf(list.problem, say).text);
    return [
      {
        id: id('childrenFailed'),
        label: say('Could not be loaded · Retry'),
        description: why,
        icon: 'warning',
        colour: 'list.warningForeground',
        context: 'childrenFailed',
        spoken: say('The jobs of {0} could not be loaded: {1}. Press Enter to try again.', name, why),
        expands: 'no',
        opens: 'retryChildren',
      },
    ];
  }
  if (list.isLoading) return [plainRow(id('childrenLoading'), say('Loading…'), 'loading~spin')];
  if (list.isLoaded && list.jobs.length === 0 && list.next === undefined)
    return [plainRow(id('childrenNone'), say('No jobs'), undefined)];
  return list.next === undefined ? [] : [moreRowOf(id('childrenMore'), parent, list, say)];
}

const plainRow = (id: string, label: string, icon: string | undefined): Row => ({
  id,
  label,
  ...(icon === undefined ? {} : { icon }),
  context: 'children',
  spoken: label,
  expands: 'no',
});

function moreRowOf(id: string, parent: Job, { jobs, total = countOf(parent) }: ChildList, say: Say): Row {
  const isKnown = total !== undefined && total > jobs.length;
  const next = isKnown ? Math.min(pageOfChildren, total - jobs.length) : pageOfChildren;
  const shown = isKnown
    ? say('{0} of {1}', countText(jobs.length), countText(total))
    : say('{0} shown', countText(jobs.length));
  return {
    id,
    label: say('Load {0} More…', next),
    description: shown,
    icon: 'ellipsis',
    context: 'childrenMore',
    spoken: say('Load {0} more jobs of {1}, {2}', next, printable(parent.name), shown),
    expands: 'no',
    opens: 'moreChildren',
  };
}

const countOf = ({ tasks }: Job): number | undefined => tasks && sumCounts(tasks);
