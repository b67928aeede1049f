import { findAction, listMoreActions } from '../core/domain/actions.js';
import type { JobAction } from '../core/domain/jobAction.js';
import { answersOf, askedOf, type Answers } from '../core/domain/questions.js';
import { askQuestion } from './askQuestion.js';
import { printable } from '../lib/printable.js';
import type { Ports } from './ports.js';
import { doToAll } from './several.js';
import { arrayOf, rowIdOf, targets, type Target } from './target.js';
import type { Ui } from './ui.js';
import { wizard } from './wizard.js';

type JobActionsDeps = Pick<Ports, 'ui' | 'jobs' | 'clock'>;

/**
 * Runs the action with this id on jobs, after its confirmation and inputs. `title`: the command's title,
 * shown when the user has to select a job.
 */
export async function runJobAction(
  id: string,
  title: string,
  rows: readonly string[],
  ports: JobActionsDeps,
): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, id, title, jobs, ui, clock);
  const [first, ...others] = chosen;
  const action = first && findAction(first.backend, id);
  if (!first || !action) return;
  const isTask = arrayOf(first, jobs) !== undefined;
  const confirmed = action.confirm?.([first.job, ...others.map(({ job }) => job)], isTask);
  if (confirmed) {
    const { question, detail, button } = confirmed;
    if ((await ui.ask(question, detail, [button])) !== button) return;
  }
  const answers = await askInputs(action, ui);
  if (answers) await doAction(id, chosen, action.progress(first.job), answers, ports);
}

/** Lists the enabled actions that have no command, and runs the selected one on all of the jobs that support it. */
export async function runMoreActions(rows: readonly string[], ports: JobActionsDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, 'moreActions', 'More Actions', jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const actions = new Map(
    chosen.flatMap(({ backend, job }) =>
      listMoreActions(backend, job).map((action) => [action.id, action] as const),
    ),
  );
  const items = [...actions.values()].map((action) => ({
    value: action,
    label: action.title,
    icon: action.icon,
  }));
  const name = chosen.length === 1 ? first.job.name : `${String(chosen.length)} jobs`;
  const answer = await ui.pick({ title: `More Actions for ${printable(name)}` }, items, 'Choose an action');
  if (answer.kind !== 'value') return;
  const { id, title } = answer.value;
  await runJobAction(id, title, chosen.map(rowIdOf), ports);
}

/** Runs the action of each job's own backend. */
export const doAction = (
  id: string,
  chosen: readonly Target[],
  progress: string,
  answers: Answers,
  ports: JobActionsDeps,
): Promise<void> =>
  doToAll(chosen, progress, ports, async ({ backend, job }, signal) => {
    await findAction(backend, id)?.run(job, answers, signal);
  });

/** Prompts for an action's inputs; undefined: dismissed. */
async function askInputs({ inputs = [], title }: JobAction, ui: Ui): Promise<Answers | undefined> {
  const answers = await wizard<Answers>(
    (given) =>
      askedOf(inputs, given).map(({ question }) => ({
        id: question.id,
        run: async (before, at) => {
          const step = { ...at, title: `${title}: ${question.title}` };
          const answer = await askQuestion(ui, step, question, answersOf(inputs, before));
          return answer.kind === 'value'
            ? { kind: 'value', value: { ...before, [question.id]: answer.value } }
            : answer;
        },
      })),
    {},
    { isReviewed: false },
  );
  return answers && answersOf(inputs, answers);
}
