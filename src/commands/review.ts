import { type DraftCheck, checkDraft } from './draftCheck.js';
import type { Bundle, ReviewItem, SubmissionValidation, JobWorkload } from '../core/domain/jobSpec.js';
import type { LanguageSupport } from '../core/domain/language.js';
import { formatDuration } from '../core/presentation/formatting.js';
import { createNotice } from '../core/presentation/notice.js';
import { findAnswer } from '../core/domain/questions.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { toOneLine } from '../lib/sanitize.js';
import { formatArgs, formatEnv } from '../lib/shellWords.js';
import {
  listRestoredAnswers,
  toJobRequest,
  omitRestoredAnswers,
  type SubmissionDraft,
} from './submissionDraft.js';
import type { PickItem, UserInterface } from './ui.js';
import type { WizardStep } from './wizard.js';

/** A line of the review that depends on the kind of work. */
export interface ReviewLine extends ReviewItem {
  /** Runs when the line is selected; the review stays open. */
  readonly run?: () => Promise<void> | void;
  /** True: it opens a document, so the review collapses until the user returns. */
  readonly opensDocument?: true;
}

/** The lines about the content, computed each time the review is shown. */
export type ReviewLines = () => readonly ReviewLine[];

/** The user's decision in the review. */
export type ReviewDecision =
  | {
      readonly kind: 'send';
      readonly draft: SubmissionDraft;
      readonly validation: SubmissionValidation | undefined;
    }
  | { readonly kind: 'changed'; readonly draft: SubmissionDraft }
  | { readonly kind: 'back' }
  | { readonly kind: 'left' };

type ReviewChoice =
  | { readonly do: 'send' }
  /** Resolves to true if it opened a document. */
  | { readonly do: 'run'; readonly run: () => Promise<boolean> }
  | { readonly do: 'ask'; readonly ask: WizardStep<SubmissionDraft> }
  | { readonly do: 'nothing' };

/** The contents of a review. */
export interface ReviewContext {
  readonly title: string;
  readonly work: JobWorkload;
  readonly draft: SubmissionDraft;
  readonly asks: readonly WizardStep<SubmissionDraft>[];
  readonly lines: ReviewLines;
  /** True after an action that made the review obsolete: it then closes as if dismissed. */
  readonly isOver?: () => boolean;
  /** The finished bundle, if one is sent. */
  readonly bundle?: (signal: AbortSignal) => Promise<Bundle>;
  /** The language environment that is sent. */
  readonly environment?: ReviewedEnvironment;
}

/** The language environment of a submission, as the review shows it. */
interface ReviewedEnvironment {
  readonly language: Pick<LanguageSupport, 'id' | 'title'>;
  /** Undefined: none. */
  readonly folder: string | undefined;
}

/** Shows everything that will be sent, lets the user change each line, and returns the decision. */
export async function showReview(ui: UserInterface, about: ReviewContext): Promise<ReviewDecision> {
  const { draft, title, work, asks } = about;
  const checked = await checkDraft(ui, draft, work);
  // Optional questions appear only in the review.
  const asked = asks.filter(({ optional }) => !optional).length;
  for (;;) {
    const items = createPickItems(ui, about, checked);
    const step = {
      title: `${title} to ${draft.backend.connection.title}: Review`,
      canGoBack: true,
      step: asked + 1,
      of: asked + 1,
    };
    const answer = await ui.pick(step, items, 'Review the submission; select an item to change it');
    if (answer.kind === 'left' || answer.kind === 'back') return { kind: answer.kind };
    const choice = answer.value;
    if (choice.do === 'send') return { kind: 'send', draft, validation: checked.validation };
    const hasOpened = choice.do === 'run' && (await choice.run());
    if (about.isOver?.()) return { kind: 'left' };
    if (hasOpened) await collapseReview(ui, about);
    if (choice.do === 'ask') {
      const changed = await choice.ask.run(draft, { canGoBack: true });
      if (changed.kind === 'left') return { kind: 'left' };
      if (changed.kind === 'value') return { kind: 'changed', draft: changed.value };
    }
  }
}

/** Collapses to one line so that the opened document is visible; any answer returns to the review. */
async function collapseReview(ui: UserInterface, { title, draft }: ReviewContext): Promise<void> {
  const step = { title: `${title} to ${draft.backend.connection.title}: Files`, canGoBack: true };
  await ui.pick(step, [{ value: undefined, label: 'Back to Review', icon: 'arrow-left' }]);
}

function createPickItems(
  ui: UserInterface,
  about: ReviewContext,
  checked: DraftCheck,
): readonly PickItem<ReviewChoice>[] {
  const { validation, trouble } = checked;
  const { draft, asks, lines } = about;
  const first: PickItem<ReviewChoice> = trouble
    ? { value: { do: 'nothing' }, label: 'Cannot Be Submitted', icon: 'error', detail: trouble }
    : {
        value: { do: 'send' },
        label: 'Submit',
        icon: 'play',
        description: `to ${draft.backend.connection.title}`,
      };
  const sent = [...lines(), ...(validation?.items ?? [])].map((line, index) => ({
    ...toPickItem(line),
    ...(index === 0 ? { group: 'Contents' } : {}),
  }));
  const choices = asks.map((ask, index): PickItem<ReviewChoice> => {
    const [label, value] = formatStepValue(ask, about, checked);
    return {
      value: { do: 'ask', ask },
      label,
      description: value,
      icon: 'edit',
      ...(index === 0 ? { group: 'Run options' } : {}),
    };
  });
  return [first, ...createRestoredItem(about, checked), ...createDryRunItem(ui, about), ...sent, ...choices];
}

/** The line with the answers from the last time; selecting it removes them. */
function createRestoredItem(
  { draft, work }: ReviewContext,
  { labels }: DraftCheck,
): readonly PickItem<ReviewChoice>[] {
  const recalled = listRestoredAnswers(draft, work.kind);
  if (recalled.length === 0) return [];
  const texts = recalled.map(({ id, title, value }) =>
    title === undefined
      ? `Time limit ${formatDuration(Number(value))}`
      : `${title} ${toOneLine(labels[id] ?? value)}`,
  );
  const ask: WizardStep<SubmissionDraft> = {
    id: 'recalled',
    run: (before) => Promise.resolve({ kind: 'value', value: omitRestoredAnswers(before, work.kind) }),
  };
  const item = { value: { do: 'ask' as const, ask }, label: 'From Last Time', icon: 'history' };
  return [{ ...item, description: texts.join(' · '), detail: 'Select this item to remove it.' }];
}

/** The line that shows the complete request, if the backend supports that. */
function createDryRunItem(
  ui: UserInterface,
  { draft, work, bundle }: ReviewContext,
): readonly PickItem<ReviewChoice>[] {
  const dryRun = draft.backend.submit?.dryRun;
  if (!dryRun) return [];
  const run = async (): Promise<boolean> => {
    try {
      const text = await ui.progress(`Preparing ${draft.name}`, async (signal) => {
        const request = toJobRequest(draft, work.kind);
        if (work.kind !== 'bundle' || !bundle) return dryRun({ ...request, ...work }, signal);
        return dryRun({ ...request, ...work, bundle: await bundle(signal) }, signal);
      });
      await ui.show({ title: `Dry run of ${draft.name}.txt`, text });
      return true;
    } catch (error) {
      // A failed dry run does not discard the draft.
      if (isAbort(error)) return false;
      if (!(error instanceof JobError)) throw error;
      void ui.showMessage('error', createNotice(error.problem).text, []);
      return false;
    }
  };
  const description = 'show the full request without submitting it';
  return [{ value: { do: 'run', run }, label: 'Dry Run', icon: 'beaker', description }];
}

function toPickItem(line: ReviewLine): PickItem<ReviewChoice> {
  const { run, opensDocument: opens = false } = line;
  const act = async (): Promise<boolean> => {
    await run?.();
    return opens;
  };
  return {
    value: run ? { do: 'run', run: act } : { do: 'nothing' },
    label: line.label,
    icon: line.warning ? 'warning' : 'info',
    ...(line.warning ? { detail: line.text } : { description: line.text }),
  };
}

function formatStepValue(
  ask: WizardStep<SubmissionDraft>,
  { draft, work, environment }: ReviewContext,
  { labels, defaults }: DraftCheck,
): readonly [string, string] {
  const none = 'none';
  const usual = Object.hasOwn(defaults, ask.id) ? defaults[ask.id] : undefined;
  const byDefault = usual && `${toOneLine(usual.value)} · ${usual.source}`;
  if (ask.id === environment?.language.id)
    return [`${environment.language.title} environment`, environment.folder ?? none];
  switch (ask.id) {
    case 'script':
      return ['Script', draft.entry ?? none];
    case 'connection':
      return ['Connection', draft.backend.connection.title];
    case 'name':
      return ['Name', byDefault ?? draft.name];
    case 'arguments':
      return ['Arguments', draft.args.length === 0 ? none : toOneLine(formatArgs(draft.args))];
    case 'environment':
      return ['Environment', toOneLine(formatEnv(draft.env)) || none];
    case 'limit':
      return [
        'Time limit',
        draft.limitMs === undefined ? (byDefault ?? none) : formatDuration(draft.limitMs),
      ];
    default: {
      const question = draft.backend.submit?.questions?.(work.kind).find(({ id }) => id === ask.id);
      const isAnswered = (findAnswer(draft.options, ask.id) ?? '').trim() !== '';
      const label = toOneLine(findAnswer(labels, ask.id) ?? '') || none;
      return [question?.title ?? ask.id, isAnswered ? label : (byDefault ?? label)];
    }
  }
}
