import { commandActionIds, findAction } from '../domain/availableActions.js';
import { canSubmit, type Backend } from '../domain/backend.js';
import { isActive, type Job } from '../domain/job.js';

/** The commands that the Command Palette offers only where something supports them. */
export const conditionalCommands = [
  'hold',
  'release',
  'requeue',
  'moreActions',
  'extend',
  'port',
  'request',
  'page',
  'applications',
  'account',
  'script',
] as const;

/** One of {@link conditionalCommands}. */
export type ConditionalCommand = (typeof conditionalCommands)[number];

/** A connection's backend and its listed jobs. */
export interface ListedJobs {
  readonly backend: Backend;
  readonly index: { readonly top: readonly Job[] };
}

/** The commands that a connection, or one of its jobs, supports. */
export const listAvailableCommands = (all: readonly ListedJobs[]): ReadonlySet<ConditionalCommand> =>
  new Set(conditionalCommands.filter((command) => all.some((one) => isSupported(command, one))));

function isSupported(command: ConditionalCommand, { backend, index: { top } }: ListedJobs): boolean {
  const { control, files, ports, account } = backend;
  switch (command) {
    case 'hold':
    case 'release':
    case 'requeue':
      return findAction(backend, command) !== undefined;
    case 'moreActions':
      return (control?.actions ?? []).some(
        ({ id, offeredBy }) => offeredBy === undefined && !commandActionIds.includes(id),
      );
    case 'extend':
      return control?.extend !== undefined;
    case 'request':
      return ports !== undefined;
    case 'port':
      return ports !== undefined || top.some((job) => job.endpoint !== undefined && isActive(job));
    case 'page':
      return top.some(({ page }) => page !== undefined);
    case 'applications':
      return canSubmit(backend, 'application');
    case 'account':
      return account !== undefined;
    case 'script':
      return files?.script !== undefined && top.length > 0;
  }
}
