import type { Log } from '../core/domain/ports.js';
import type { JobList } from '../core/jobs/jobList.js';
import { JobSearch } from '../core/jobs/jobSearch.js';
import { JobsTree } from './jobsTree.js';
import { getHideAfterDays } from './settings.js';
import type { TreeSource } from './treeState.js';

/** The tree, and the search for what its filter matches among the jobs that are not listed yet. */
export function createSearchableTree(
  source: Omit<TreeSource, 'getHideAfterDays' | 'isSearching'>,
  list: JobList,
  log: Log,
): { readonly tree: JobsTree; readonly search: JobSearch } {
  const search: JobSearch = new JobSearch({
    connections: () => list.connections(),
    hasMatch: (connection) => tree.hasMatch(connection),
    onChanged: () => {
      tree.drawAll();
    },
    log,
  });
  const isSearching = (connection: string): boolean => search.isRunning(connection);
  const tree: JobsTree = new JobsTree({ ...source, getHideAfterDays, isSearching }, log);
  return { tree, search };
}
