import { JobError } from '../../core/domain/problem.js';
import type { Say } from '../../lib/say.js';
import type { Ran } from '../../remote/run.js';
import { refusal } from '../slurm/errors.js';

/** What a command's failure is to the user. @param name - the job it was about; empty: none. */
export function problemOf({ code, errors }: Ran, place: string, name: string, say: Say): JobError {
  const { kind, words, details } = refusal(errors);
  const said = words === '' ? say('exit code {0} without a word', code) : [...details, words].join(' · ');
  switch (kind) {
    case 'offline':
      return new JobError({ kind: 'offline', place, why: words });
    case 'gone':
      return new JobError({ kind: 'gone', name });
    case 'alreadyDone':
      return new JobError({ kind: 'invalid', why: say('{0} has ended, or is about to.', name) });
    case 'denied':
    case 'tryLater':
    case 'accountingOff':
    case 'accountingDown':
    case 'badOption':
    case 'other':
      return new JobError({ kind: 'refused', place, words: said });
  }
}
