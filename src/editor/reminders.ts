import { offerSignIn } from '../commands/signIn.js';
import type { Ports } from '../commands/ports.js';
import { rowIdOf, type Target } from '../commands/target.js';
import { tellLimit } from '../commands/tellLimit.js';
import { isActive } from '../core/job.js';
import type { JobList } from '../core/jobList.js';
import { Lifetime, type Disposable } from '../core/lifetime.js';
import { LimitWatch } from '../core/limitWatch.js';

/** What users are told without having asked: that a limit is near, and that a sign-in is no longer accepted. */
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
  /** Connections whose sign-in was accepted in this window, and whose loss has not been told yet. */
  const accepted = new Set<string>();
  life.own(
    list.changed(({ connection }) => {
      limits.wake();
      const jobs = list.connections().find(({ backend }) => backend.connection.id === connection);
      if (!jobs?.backend.account) return;
      if (jobs.problem?.kind !== 'signedOut') {
        if (jobs.refreshed && !jobs.problem) accepted.add(connection);
      } else if (accepted.delete(connection)) void offerSignIn(jobs.backend, ports).catch(failed);
    }),
  );
  return {
    dispose: () => {
      life.dispose();
    },
  };
}
