import {
  countHidden,
  emptyFilter,
  filterJobs,
  formatFilter,
  isFilterActive,
  type JobFilter,
} from '../core/presentation/jobFilter.js';
import {
  createGroupRow,
  createOlderRow,
  createSearchRow,
  isGroupRowId,
  toGroupRowId,
} from '../core/presentation/groupRows.js';
import {
  arrangeJobs,
  type JobArrangement,
  type JobGroup,
  type JobGrouping,
} from '../core/presentation/jobGroups.js';
import { parseRowId, toJobRowId } from '../core/presentation/rowIds.js';
import {
  createFilterRow,
  createLoadMoreRow,
  createMalformedRow,
  type TreeRow,
} from '../core/presentation/treeRows.js';
import type { Job } from '../core/domain/job.js';
import type { TreeSource, TreeState } from './treeState.js';

/** The arrangement that VS Code was given, and its rows in one text. */
interface DrawnArrangement extends JobArrangement {
  readonly signature: string;
}

/** Which rows are below a connection and in which order: filtered, grouped, pinned ones first, old ones hidden. */
export class TreeLayout {
  filter: JobFilter = emptyFilter;
  grouping: JobGrouping = 'none';
  readonly #drawn = new Map<string, DrawnArrangement>();
  /** Connections whose old jobs are shown on request. */
  readonly #olderShown = new Set<string>();

  constructor(private readonly source: TreeSource) {}

  get isFiltered(): boolean {
    return isFilterActive(this.filter);
  }

  /** The filter, which also matches the labels of a connection's jobs. */
  getFilter({ backend: { connection } }: TreeState): JobFilter {
    const { details } = this.source;
    return { ...this.filter, getLabel: (job) => details.get(connection, job)?.label };
  }

  listRootIds(): readonly string[] {
    const connections = this.source.connections();
    const [first] = connections;
    const nothing = connections.length <= 1 && first?.index.all.length === 0 && !first.status.error;
    // Without rows the view shows its welcome content.
    if (nothing && !this.isFiltered) return [];
    const ids = connections.map(({ backend }) => backend.connection.id);
    return this.isFiltered ? ['filter', ...ids] : ids;
  }

  /** Ids of the rows below a connection, which are from now on its drawn ones. */
  listIds(shown: TreeState): readonly string[] {
    const { id } = shown.backend.connection;
    const { hasMore: more, moreActive = 0, malformed } = shown.listing;
    const arrangement = this.#arrange(shown);
    this.#drawn.set(id, { ...arrangement, signature: toSignature(arrangement) });
    return [
      ...arrangement.groups.map((group) => toGroupRowId(id, this.grouping, group)),
      ...arrangement.jobs.map((job) => toJobRowId(id, job.id)),
      ...(arrangement.older > 0 ? [`${id}/older`] : []),
      ...(malformed.length > 0 ? [`${id}/malformed`] : []),
      ...(more || moreActive > 0 ? [`${id}/more`] : []),
    ];
  }

  /** True if other rows would be drawn below a connection than there are, or in another order. */
  isChanged(shown: TreeState): boolean {
    const drawn = this.#drawn.get(shown.backend.connection.id);
    return drawn !== undefined && drawn.signature !== toSignature(this.#arrange(shown));
  }

  /** True if the rows can change with time alone. */
  get dependsOnTime(): boolean {
    return this.grouping === 'day' || this.source.getHideAfterDays() > 0;
  }

  /** Ids of the jobs in a group; undefined: not the id of a group's row. */
  listIdsOfGroup(rowId: string): readonly string[] | undefined {
    if (!isGroupRowId(rowId)) return undefined;
    const { connection } = parseRowId(rowId);
    return (this.#findGroup(rowId)?.jobs ?? []).map((job) => toJobRowId(connection, job.id));
  }

  /** Id of the row above a job of the top level; undefined: the job is hidden. */
  findParentId(shown: TreeState, job: Job): string | undefined {
    const { id } = shown.backend.connection;
    const { groups, jobs } = this.#arrange(shown);
    const isIt = (one: Job): boolean => one.id === job.id;
    const group = groups.find((one) => one.jobs.some(isIt));
    if (group) return toGroupRowId(id, this.grouping, group);
    return jobs.some(isIt) ? id : undefined;
  }

  /** The row of the filter, of a group, or for what a connection's list omits. */
  createRow(rowId: string): TreeRow | undefined {
    if (rowId === 'filter') return createFilterRow(formatFilter(this.filter), this.#countHidden());
    const { connection, job: id, part } = parseRowId(rowId);
    if (isGroupRowId(rowId)) {
      const group = this.#findGroup(rowId);
      return group && createGroupRow(connection, this.grouping, group);
    }
    const shown = this.source.connections().find(({ backend }) => backend.connection.id === connection);
    if (!shown || part !== undefined) return undefined;
    if (id === 'more') return this.#createMoreRow(shown);
    if (id === 'malformed') return createMalformedRow(connection, shown.listing.malformed);
    const older = id === 'older' && this.#drawn.get(connection)?.older;
    if (!older) return undefined;
    return createOlderRow(
      connection,
      older,
      this.source.getHideAfterDays(),
      this.#olderShown.has(connection),
    );
  }

  /** Shows the old jobs of a connection, or hides them again. */
  toggleOlder(connection: string): void {
    if (!this.#olderShown.delete(connection)) this.#olderShown.add(connection);
  }

  /** True if a listed job of the connection matches the filter. */
  hasMatch(connection: string): boolean {
    const shown = this.source.connections().find(({ backend }) => backend.connection.id === connection);
    return shown !== undefined && filterJobs(this.getFilter(shown), shown.index, shown.children).length > 0;
  }

  #createMoreRow(shown: TreeState): TreeRow {
    const { id } = shown.backend.connection;
    if (!this.isFiltered || (shown.listing.moreActive ?? 0) > 0)
      return createLoadMoreRow(id, shown.listing.moreActive);
    const { counts } = shown.listing;
    return createSearchRow(id, {
      matching: filterJobs(this.getFilter(shown), shown.index, shown.children).length,
      searched: shown.index.top.length,
      total: counts && counts.queued + counts.running + counts.completed + counts.failed + counts.stopped,
      isRunning: this.source.isSearching(id),
    });
  }

  #arrange(shown: TreeState): JobArrangement {
    const { backend, index, children } = shown;
    return arrangeJobs(filterJobs(this.getFilter(shown), index, children), {
      grouping: this.grouping,
      getMetadata: (job) => this.source.details.get(backend.connection, job),
      now: new Date(),
      // A filter applies to all jobs.
      hideAfterDays: this.isFiltered ? 0 : this.source.getHideAfterDays(),
      isOlderShown: this.#olderShown.has(backend.connection.id),
    });
  }

  #findGroup(rowId: string): JobGroup | undefined {
    const { connection } = parseRowId(rowId);
    return this.#drawn
      .get(connection)
      ?.groups.find((group) => toGroupRowId(connection, this.grouping, group) === rowId);
  }

  #countHidden(): number {
    return this.source
      .connections()
      .reduce((sum, shown) => sum + countHidden(this.getFilter(shown), shown.index, shown.children), 0);
  }
}

const toSignature = ({ groups, jobs, older }: JobArrangement): string =>
  [
    ...groups.flatMap(({ key, label, jobs: below }) => [`\n${key} ${label}`, ...below.map(({ id }) => id)]),
    ...jobs.map(({ id }) => id),
    String(older),
  ].join('\n');
