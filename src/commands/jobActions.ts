import { findAction, listMoreActions } from '../core/domain/availableActions.js';
import type { JobAction } from '../core/domain/jobAction.js';
import { resolveAnswers, listVisibleQuestions, type QuestionAnswers } from '../core/domain/questions.js';
import { askQuestion } from './askQuestion.js';
import { sanitize } from '../lib/sanitize.js';
import type { CommandDeps } from './commandDeps.js';
import { runBulkAction } from './bulkAction.js';
import { getParentArray, getRowId, resolveTargets, type JobTarget } from './resolveTargets.js';
import type { UserInterface } from './ui.js';
import { runWizard } from './wizard.js';

type JobActionsDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'clock'>;

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
  const chosen = await resolveTargets(rows, id, title, jobs, ui, clock);
  const [first, ...others] = chosen;
  const action = first && findAction(first.backend, id);
  if (!first || !action) return;
  const isTask = getParentArray(first, jobs) !== undefined;
  const confirmed = action.confirm?.([first.job, ...others.map(({ job }) => job)], isTask);
  if (confirmed) {
    const { question, detail, button } = confirmed;
    if ((await ui.confirm(question, detail, [button])) !== button) return;
  }
  const answers = await askActionInputs(action, ui);
  if (answers) await runActionOnJobs(id, chosen, action.progress(first.job), answers, ports);
}

/** Lists the enabled actions that have no command, and runs the selected one on all of the jobs that support it. */
export async function runMoreActions(rows: readonly string[], ports: JobActionsDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await resolveTargets(rows, 'moreActions', 'More Actions', jobs, ui, clock);
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
  const answer = await ui.pick({ title: `More Actions for ${sanitize(name)}` }, items, 'Choose an action');
  if (answer.kind !== 'value') return;
  const { id, title } = answer.value;
  await runJobAction(id, title, chosen.map(getRowId), ports);
}

/** Runs the action of each job's own backend. */
export const runActionOnJobs = (
  id: string,
  chosen: readonly JobTarget[],
  progress: string,
  answers: QuestionAnswers,
  ports: JobActionsDeps,
): Promise<void> =>
  runBulkAction(chosen, progress, ports, async ({ backend, job }, signal) => {
    await findAction(backend, id)?.run(job, answers, signal);
  });

/** Prompts for an action's inputs; undefined: dismissed. */
async function askActionInputs(
  { inputs = [], title }: JobAction,
  ui: UserInterface,
): Promise<QuestionAnswers | undefined> {
  const answers = await runWizard<QuestionAnswers>(
    (given) =>
      listVisibleQuestions(inputs, given).map(({ question }) => ({
        id: question.id,
        run: async (before, at) => {
          const step = { ...at, title: `${title}: ${question.title}` };
          const answer = await askQuestion(ui, step, question, resolveAnswers(inputs, before));
          return answer.kind === 'value'
            ? { kind: 'value', value: { ...before, [question.id]: answer.value } }
            : answer;
        },
      })),
    {},
    { isReviewed: false },
  );
  return answers && resolveAnswers(inputs, answers);
}
