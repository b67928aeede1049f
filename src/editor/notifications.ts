import { offerSignIn } from '../commands/signIn.js';
import type { CommandDeps } from '../commands/commandDeps.js';
import { EndCollector } from '../commands/endCollector.js';
import { getRowId, type JobTarget } from '../commands/resolveTargets.js';
import { notifyTimeLimit } from '../commands/notifyTimeLimit.js';
import type { Backend } from '../core/domain/backend.js';
import { isActive } from '../core/domain/job.js';
import type { JobList } from '../core/jobs/jobList.js';
import { Lifetime, type Disposable } from '../lib/lifetime.js';
import { TimeLimitWatcher } from '../core/jobs/timeLimitWatcher.js';

/**
 * Notifies the user of finished jobs, approaching time limits, and expired sign-ins. The list watches all
 * active jobs.
 */
export function registerNotifications(list: JobList, ports: CommandDeps): Disposable {
  const life = new Lifetime();
  const failed = (error: unknown): void => {
    ports.log.error('could not show a notification', error);
  };
  const limits = new TimeLimitWatcher<JobTarget>(
    () =>
      list
        .connections()
        .flatMap(({ backend, index }) => index.top.filter(isActive).map((job) => ({ backend, job }))),
    getRowId,
    ({ target, endsAt }) => void notifyTimeLimit(target, endsAt, ports).catch(failed),
    ports.clock,
    life.signal,
  );
  life.own(
    list.onDidChange(({ connection }) => {
      list.watchActive(connection);
      limits.wake();
    }),
  );
  const collector = new EndCollector(
    async (ended, whileAway) => {
      const { notifyJobsEnded } = await import('../commands/notifyJobsEnded.js');
      await notifyJobsEnded(ended, whileAway, ports, life.signal);
    },
    ports,
    life.signal,
  );
  life.own(
    list.onDidEnd(({ connection, jobs, whileAway }) => {
      const backend = ports.backends().find((one) => one.connection.id === connection);
      if (backend)
        collector.add(
          jobs.map((job) => ({ backend, job })),
          whileAway,
        );
    }),
  );
  life.own(watchLostSignIns(list, (backend) => void offerSignIn(backend, ports).catch(failed)));
  return life;
}

/**
 * Calls `lost` once for each sign-in that was accepted in this window and no longer is, unless the user
 * signed out or signed in as another user.
 */
function watchLostSignIns(list: JobList, lost: (backend: Backend) => void): Disposable {
  const life = new Lifetime();
  /** The accepted sign-ins, with listeners that stop on sign-out. */
  const accepted = new Map<Backend, Disposable>();
  const forget = (backend: Backend): boolean => {
    accepted.get(backend)?.dispose();
    return accepted.delete(backend);
  };
  const accept = (backend: Backend): void => {
    if (!backend.account || accepted.has(backend)) return;
    accepted.set(
      backend,
      backend.account.onDidChange(() => {
        forget(backend);
      }),
    );
  };
  life.own(
    list.onDidChange(({ connection }) => {
      const all = list.connections();
      const gone = [...accepted.keys()].filter((one) => !all.some(({ backend }) => backend === one));
      gone.forEach(forget);
      // Other connections have no new data: a user who has just signed out would count as accepted.
      const jobs = all.find(({ backend }) => backend.connection.id === connection);
      if (jobs?.problem?.kind === 'signedOut') {
        if (forget(jobs.backend)) lost(jobs.backend);
      } else if (jobs?.refreshedAt && !jobs.problem) accept(jobs.backend);
    }),
  );
  life.own({
    dispose: () => {
      [...accepted.keys()].forEach(forget);
    },
  });
  return life;
}
