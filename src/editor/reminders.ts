import { offerSignIn } from '../commands/signIn.js';
import type { Ports } from '../commands/ports.js';
import { rowIdOf, type Target } from '../commands/target.js';
import { tellLimit } from '../commands/tellLimit.js';
import type { Backend } from '../core/domain/backend.js';
import { isActive } from '../core/domain/job.js';
import type { Ended } from '../core/jobs/connectionJobs.js';
import type { JobList } from '../core/jobs/jobList.js';
import { Lifetime, type Disposable } from '../lib/lifetime.js';
import { LimitWatch } from '../core/jobs/limitWatch.js';

/**
 * Notifies the user of finished jobs, approaching time limits, and expired sign-ins. The list watches all
 * active jobs.
 */
export function reminders(list: JobList, ports: Ports): Disposable {
  const life = new Lifetime();
  const failed = (error: unknown): void => {
    ports.log.error('could not show a notification', error);
  };
  const limits = new LimitWatch<Target>(
    () =>
      list
        .connections()
        .flatMap(({ backend, index }) => index.top.filter(isActive).map((job) => ({ backend, job }))),
    rowIdOf,
    ({ target, endsAt }) => void tellLimit(target, endsAt, ports).catch(failed),
    ports.clock,
    life.signal,
  );
  life.own(
    list.changed(({ connection }) => {
      list.awaitActive(connection);
      limits.wake();
    }),
  );
  life.own(list.ended((ended) => void tellOf(ended, ports)));
  life.own(lostSignIns(list, (backend) => void offerSignIn(backend, ports).catch(failed)));
  return life;
}

async function tellOf({ connection, jobs, whileAway }: Ended, ports: Ports): Promise<void> {
  const backend = ports.backends().find((one) => one.connection.id === connection);
  if (!backend) return;
  const targets = jobs.map((job) => ({ backend, job }));
  const { tellEnded } = await import('../commands/tell.js');
  await tellEnded(targets, whileAway, ports).catch((error: unknown) => {
    ports.log.error('could not notify of finished jobs', error);
  });
}

/**
 * Calls `lost` once for each sign-in that was accepted in this window and no longer is, unless the user
 * signed out or signed in as another user.
 */
function lostSignIns(list: JobList, lost: (backend: Backend) => void): Disposable {
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
      backend.account.changed(() => {
        forget(backend);
      }),
    );
  };
  life.own(
    list.changed(({ connection }) => {
      const all = list.connections();
      const gone = [...accepted.keys()].filter((one) => !all.some(({ backend }) => backend === one));
      gone.forEach(forget);
      // Other connections have no new data: a user who has just signed out would count as accepted.
      const jobs = all.find(({ backend }) => backend.connection.id === connection);
      if (jobs?.problem?.kind === 'signedOut') {
        if (forget(jobs.backend)) lost(jobs.backend);
      } else if (jobs?.refreshed && !jobs.problem) accept(jobs.backend);
    }),
  );
  life.own({
    dispose: () => {
      [...accepted.keys()].forEach(forget);
    },
  });
  return life;
}
