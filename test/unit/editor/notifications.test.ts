import assert from 'node:assert/strict';
import { JobList } from '../../../src/core/jobs/jobList.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { registerNotifications } from '../../../src/editor/notifications.js';
import { scriptedAccount } from '../../fakes/account.js';
import { scriptedBackend } from '../../fakes/backend.js';
import { fakeClock, settle } from '../../fakes/clock.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { arrayOf, jobOf, noon, running } from '../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../fakes/memoryStore.js';
import { scriptedUi } from '../../fakes/ui.js';

const minute = 60_000;

/** A watched window with reminders, and a backend with an account. */
function reminding() {
  const account = scriptedAccount();
  const place = scriptedBackend([], {
    account: account.account,
    capabilities: { pollInterval: () => minute },
  });
  const clock = fakeClock(noon);
  const store = memoryStore();
  const list = new JobList({ clock, log: memoryLog(), store });
  const { ui, seen } = scriptedUi();
  const ports = { ...portsOf({ ui, backends: [place.backend] }), clock, store };
  const reminder = registerNotifications(list, ports);
  list.setBackends([place.backend]);
  list.watch();
  const signedOut = (): void => {
    place.answer = () => Promise.reject(new JobError({ kind: 'signedOut', place: 'Local' }));
  };
  return { account, place, clock, list, seen, reminder, signedOut };
}

describe('reminders', () => {
  it('show once that a sign-in has expired', async () => {
    const { clock, list, seen, signedOut } = reminding();
    await clock.advance(0);
    signedOut();
    await list.refresh();
    await list.refresh();
    await settle();
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['Your sign-in to Local has expired.'],
    );
  });

  it('show nothing if no user was signed in from the start', async () => {
    const { clock, list, seen, signedOut } = reminding();
    signedOut();
    await clock.advance(0);
    await list.refresh();
    await settle();
    assert.deepEqual(seen.told, []);
  });

  it('show it again after another sign-in has expired', async () => {
    const { clock, place, list, seen, signedOut } = reminding();
    await clock.advance(0);
    signedOut();
    await list.refresh();
    place.answer = undefined;
    await list.refresh();
    signedOut();
    await list.refresh();
    await settle();
    assert.equal(seen.told.length, 2);
  });

  it('show no sign-in message if the connection is only unreachable', async () => {
    const { clock, place, list, seen } = reminding();
    await clock.advance(0);
    place.answer = () =>
      Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' }));
    await list.refresh();
    await settle();
    assert.deepEqual(seen.told, []);
  });

  it('warn once of the time limit of a job that was listed later', async () => {
    const { clock, place, list, seen } = reminding();
    await clock.advance(0);
    place.jobs = [jobOf({ started: noon, limitMs: 60 * minute })];
    await list.refresh();
    await clock.advance(49 * minute);
    assert.deepEqual(seen.told, []);
    await clock.advance(5 * minute);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['fit.jl will reach its time limit in 10 min and be stopped.'],
    );
  });

  it('do not warn of the time limit of each task of an array', async () => {
    const { clock, place, list, seen } = reminding();
    await clock.advance(0);
    const limited = { started: noon, limitMs: 60 * minute };
    place.jobs = arrayOf([running, running], limited).map((job) => ({ ...job, ...limited }));
    await list.refresh();
    await clock.advance(58 * minute);
    assert.deepEqual(seen.told, []);
  });

  it('stop when their owner is disposed', async () => {
    const { clock, list, seen, reminder, signedOut } = reminding();
    await clock.advance(0);
    reminder.dispose();
    signedOut();
    await list.refresh();
    await settle();
    assert.deepEqual(seen.told, []);
  });
});
