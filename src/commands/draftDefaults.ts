import type { JobWorkload } from '../core/domain/jobSpec.js';
import { listVisibleQuestions } from '../core/domain/questions.js';
import { formatDuration } from '../core/presentation/formatting.js';
import { formatArgs, formatEnv } from '../lib/shellWords.js';
import type { SubmissionDraft } from './submissionDraft.js';

/** The ids of the steps whose answers are not defaults. */
export function listChangedSteps(draft: SubmissionDraft, work: JobWorkload): ReadonlySet<string> {
  const { args, env, limitMs, backend, name, environment } = draft;
  const { timeLimit, language } = backend.capabilities;
  const changed = [
    ...(name === getUsualName(work) ? [] : ['name']),
    ...(args.length > 0 ? ['arguments'] : []),
    ...(Object.keys(env).length > 0 ? ['environment'] : []),
    ...(limitMs === undefined || limitMs === timeLimit?.defaultMs ? [] : ['limit']),
    ...(environment === undefined || !language ? [] : [language.id]),
    ...listChangedAnswers(draft, work.kind).map(({ id }) => id),
  ];
  return new Set(changed);
}

/** The name of a job unless the user changes it. */
function getUsualName(work: JobWorkload): string | undefined {
  switch (work.kind) {
    case 'script':
      return work.script.name;
    case 'bundle':
      return work.entry.slice(work.entry.lastIndexOf('/') + 1);
    case 'application':
      return work.application.title;
    case 'command':
      return undefined;
  }
}

/** What a draft takes over from the last submission, each as a short text; empty: only defaults. */
export function listRepeated(draft: SubmissionDraft, work: JobWorkload['kind']): readonly string[] {
  const { restored, args, env, limitMs, backend } = draft;
  if (!restored) return [];
  const isOld = <T>(now: T, before: T): boolean => JSON.stringify(now) === JSON.stringify(before);
  const { defaultMs } = backend.capabilities.timeLimit ?? {};
  return [
    ...(args.length > 0 && isOld(args, restored.args) ? [formatArgs(args)] : []),
    ...(Object.keys(env).length > 0 && isOld(env, restored.env) ? [formatEnv(env)] : []),
    ...(limitMs !== undefined && limitMs !== defaultMs && limitMs === restored.limitMs
      ? [`time limit ${formatDuration(limitMs)}`]
      : []),
    ...listChangedAnswers(draft, work)
      .filter(({ id, value, isOptional }) => isOptional && restored.options[id] === value)
      .map(({ title, value }) => `${title} ${value}`),
  ];
}

/** The draft with the default of everything that has one. */
export const resetToDefaults = (draft: SubmissionDraft, work: JobWorkload['kind']): SubmissionDraft => {
  const { environment: _, omitted: __, ...rest } = draft;
  const questions = draft.backend.submit?.questions?.(work) ?? [];
  const required = questions.filter(({ optional, initial }) => !optional && initial === undefined);
  const kept = Object.entries(draft.options).filter(([id]) => required.some((one) => one.id === id));
  return {
    ...rest,
    args: [],
    env: {},
    options: Object.fromEntries(kept),
    limitMs: draft.backend.capabilities.timeLimit?.defaultMs,
  };
};

interface ChangedAnswer {
  readonly id: string;
  readonly title: string;
  readonly value: string;
  readonly isOptional: boolean;
}

function listChangedAnswers(
  { backend, options }: SubmissionDraft,
  work: JobWorkload['kind'],
): readonly ChangedAnswer[] {
  return listVisibleQuestions(backend.submit?.questions?.(work) ?? [], options).flatMap(
    ({ question: { id, title, initial, optional = false }, value = '' }) =>
      value.trim() === (initial ?? '').trim() ? [] : [{ id, title, value, isOptional: optional }],
  );
}
