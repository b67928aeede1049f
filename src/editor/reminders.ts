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
 * Tells users without their asking: that a job has ended, that a limit is near, and that a sign-in is no longer accepted.
 * The list waits for all jobs that are active.
 */
export function reminders(list: JobList, ports: Ports): Disposable {
  const life = new Lifetime();
  const failed = (error: unknown): void => {
    ports.log.error('something could not be told', error);
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
    ports.log.error('the end of jobs could not be told', error);
  });
}

/**
 * Calls `lost` once for each sign-in that was accepted in this window and is accepted no more. Whoever has signed out, or
 * in as somebody else, has not lost anything.
 */
function lostSignIns(list: JobList, lost: (backend: Backend) => void): Disposable {
  const life = new Lifetime();
  /** Who is accepted, with the listener that ends when they sign out. */
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
      // Of another connection nothing new is known, so that who has just signed out of it would count as accepted.
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
