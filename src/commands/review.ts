import type { Bundle, Fact, Validation, Work } from '../core/domain/jobSpec.js';
import type { LanguageSupport } from '../core/domain/language.js';
import type { Answers, Choice as Offered } from '../core/domain/questions.js';
import { durationText } from '../core/presentation/duration.js';
import { noticeOf } from '../core/presentation/notice.js';
import { answerTo, askedOf, wrongAnswer, type DefaultAnswer } from '../core/domain/questions.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { oneLine } from '../lib/printable.js';
import { joinWords, writeEnvironment } from '../lib/words.js';
import { listOf } from './askQuestion.js';
import { recalledAnswers, toRequest, withoutRecalled, type Draft } from './draft.js';
import type { Item, Ui } from './ui.js';
import type { Ask } from './wizard.js';

/** A line of the review that depends on the kind of work. */
export interface Line extends Fact {
  /** Runs when the line is selected; the review stays open. */
  readonly run?: () => Promise<void> | void;
  /** True: it opens a document, so the review collapses until the user returns. */
  readonly opens?: true;
}

/** The lines about the content, computed each time the review is shown. */
export type Lines = () => readonly Line[];

/** The user's decision in the review. */
export type Decision =
  | { readonly kind: 'send'; readonly draft: Draft; readonly validation: Validation | undefined }
  | { readonly kind: 'changed'; readonly draft: Draft }
  | { readonly kind: 'back' }
  | { readonly kind: 'left' };

type Choice =
  | { readonly do: 'send' }
  /** Resolves to true if it opened a document. */
  | { readonly do: 'run'; readonly run: () => Promise<boolean> }
  | { readonly do: 'ask'; readonly ask: Ask<Draft> }
  | { readonly do: 'nothing' };

/** The contents of a review. */
export interface Reviewed {
  readonly title: string;
  readonly work: Work;
  readonly draft: Draft;
  readonly asks: readonly Ask<Draft>[];
  readonly lines: Lines;
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
export async function review(ui: Ui, about: Reviewed): Promise<Decision> {
  const { draft, title, work, asks } = about;
  const checked = await factsOf(ui, draft, work);
  // Optional questions appear only in the review.
  const asked = asks.filter(({ optional }) => !optional).length;
  for (;;) {
    const items = itemsOf(ui, about, checked);
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
    if (hasOpened) await makeRoom(ui, about);
    if (choice.do === 'ask') {
      const changed = await choice.ask.run(draft, { canGoBack: true });
      if (changed.kind === 'left') return { kind: 'left' };
      if (changed.kind === 'value') return { kind: 'changed', draft: changed.value };
    }
  }
}

/** Collapses to one line so that the opened document is visible; any answer returns to the review. */
async function makeRoom(ui: Ui, { title, draft }: Reviewed): Promise<void> {
  const step = { title: `${title} to ${draft.backend.connection.title}: Files`, canGoBack: true };
  await ui.pick(step, [{ value: undefined, label: 'Back to Review', icon: 'arrow-left' }]);
}

/** The backend's validation of a draft, and the labels of its answers. */
interface Checked {
  /** Undefined: not validated, or it cannot be submitted. */
  readonly validation?: Validation | undefined;
  /** Why it cannot be submitted. */
  readonly trouble?: string;
  /** Labels of the answers by question id. */
  readonly labels: Answers;
  /** Defaults by question id, and as `name` and `limit`, which apply if nothing was answered. */
  readonly defaults: Readonly<Record<string, DefaultAnswer>>;
}

async function factsOf(ui: Ui, draft: Draft, work: Work): Promise<Checked> {
  return ui.progress(`Checking ${draft.name}`, async (signal) => {
    const known = {
      labels: await labelsOf(draft, work.kind, signal),
      defaults: await defaultsOf(draft, work, signal),
    };
    const missing = missingIn(draft, work.kind);
    if (missing !== undefined) return { ...known, trouble: missing };
    try {
      const validation = await draft.backend.submit?.validate?.(
        { ...toRequest(draft, work.kind), ...work },
        signal,
      );
      return { ...known, validation };
    } catch (error) {
      if (error instanceof JobError) return { ...known, trouble: noticeOf(error.problem).text };
      throw error;
    }
  });
}

/** The backend's defaults; empty if they cannot be loaded. */
async function defaultsOf(draft: Draft, work: Work, signal: AbortSignal): Promise<Checked['defaults']> {
  try {
    return (
      (await draft.backend.submit?.getDefaults?.({ ...toRequest(draft, work.kind), ...work }, signal)) ?? {}
    );
  } catch (error) {
    if (error instanceof JobError) return {};
    throw error;
  }
}

/**
 * The problem with the answers; undefined: none. A change in the review can add a question or invalidate an
 * answer.
 */
function missingIn({ backend, options }: Draft, kind: Work['kind']): string | undefined {
  const wrong = wrongAnswer(backend.submit?.questions?.(kind) ?? [], options);
  if (!wrong) return undefined;
  const { question, why } = wrong;
  return why === undefined ? `${question.title} is required.` : `${question.title}: ${why}`;
}

/** Labels of the chosen answers; the values themselves if the choices cannot be loaded. */
async function labelsOf(draft: Draft, kind: Work['kind'], signal: AbortSignal): Promise<Answers> {
  const { backend, options } = draft;
  const questions = backend.submit?.questions?.(kind) ?? [];
  const { options: answers } = toRequest(draft, kind);
  const pairs = askedOf(questions, options).map(async ({ question, value }) => {
    if (question.secret) return [question.id, value ? '••••' : ''] as const;
    if (!question.choices || value === undefined) return [question.id, value ?? ''] as const;
    const choices = await question.choices(signal, answers).catch((error: unknown) => {
      if (error instanceof JobError) return [];
      throw error;
    });
    const labels = (question.many ? listOf(value) : [value]).map((one) => labelOf(one, choices));
    return [question.id, labels.join(', ')] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** The label of a choice; for free text, the text itself. */
function labelOf(value: string, choices: readonly Offered[]): string {
  const chosen = choices.find((choice) => choice.value === value);
  return (chosen?.description ? `${chosen.label} · ${chosen.description}` : chosen?.label) ?? value;
}

function itemsOf(ui: Ui, about: Reviewed, checked: Checked): readonly Item<Choice>[] {
  const { validation, trouble } = checked;
  const { draft, asks, lines } = about;
  const first: Item<Choice> = trouble
    ? { value: { do: 'nothing' }, label: 'Cannot Be Submitted', icon: 'error', detail: trouble }
    : {
        value: { do: 'send' },
        label: 'Submit',
        icon: 'play',
        description: `to ${draft.backend.connection.title}`,
      };
  const sent = [...lines(), ...(validation?.items ?? [])].map((line, index) => ({
    ...itemOf(line),
    ...(index === 0 ? { group: 'Contents' } : {}),
  }));
  const choices = asks.map((ask, index): Item<Choice> => {
    const [label, value] = valueOf(ask, about, checked);
    return {
      value: { do: 'ask', ask },
      label,
      description: value,
      icon: 'edit',
      ...(index === 0 ? { group: 'Run options' } : {}),
    };
  });
  return [first, ...recalledItem(about, checked), ...dryRunItem(ui, about), ...sent, ...choices];
}

/** The line with the answers from the last time; selecting it removes them. */
function recalledItem({ draft, work }: Reviewed, { labels }: Checked): readonly Item<Choice>[] {
  const recalled = recalledAnswers(draft, work.kind);
  if (recalled.length === 0) return [];
  const texts = recalled.map(({ id, title, value }) =>
    title === undefined
      ? `Time limit ${durationText(Number(value))}`
      : `${title} ${oneLine(labels[id] ?? value)}`,
  );
  const ask: Ask<Draft> = {
    id: 'recalled',
    run: (before) => Promise.resolve({ kind: 'value', value: withoutRecalled(before, work.kind) }),
  };
  const item = { value: { do: 'ask' as const, ask }, label: 'From Last Time', icon: 'history' };
  return [{ ...item, description: texts.join(' · '), detail: 'Select this item to remove it.' }];
}

/** The line that shows the complete request, if the backend supports that. */
function dryRunItem(ui: Ui, { draft, work, bundle }: Reviewed): readonly Item<Choice>[] {
  const dryRun = draft.backend.submit?.dryRun;
  if (!dryRun) return [];
  const run = async (): Promise<boolean> => {
    try {
      const text = await ui.progress(`Preparing ${draft.name}`, async (signal) => {
        const request = toRequest(draft, work.kind);
        if (work.kind !== 'bundle' || !bundle) return dryRun({ ...request, ...work }, signal);
        return dryRun({ ...request, ...work, bundle: await bundle(signal) }, signal);
      });
      await ui.show({ title: `Dry run of ${draft.name}.txt`, text });
      return true;
    } catch (error) {
      // A failed dry run does not discard the draft.
      if (isAbort(error)) return false;
      if (!(error instanceof JobError)) throw error;
      void ui.tell('error', noticeOf(error.problem).text, []);
      return false;
    }
  };
  const description = 'show the full request without submitting it';
  return [{ value: { do: 'run', run }, label: 'Dry Run', icon: 'beaker', description }];
}

function itemOf(line: Line): Item<Choice> {
  const { run, opens = false } = line;
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

function valueOf(
  ask: Ask<Draft>,
  { draft, work, environment }: Reviewed,
  { labels, defaults }: Checked,
): readonly [string, string] {
  const none = 'none';
  const usual = Object.hasOwn(defaults, ask.id) ? defaults[ask.id] : undefined;
  const byDefault = usual && `${oneLine(usual.value)} · ${usual.source}`;
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
      return ['Arguments', draft.args.length === 0 ? none : oneLine(joinWords(draft.args))];
    case 'environment':
      return ['Environment', oneLine(writeEnvironment(draft.env)) || none];
    case 'limit':
      return ['Time limit', draft.limitMs === undefined ? (byDefault ?? none) : durationText(draft.limitMs)];
    default: {
      const question = draft.backend.submit?.questions?.(work.kind).find(({ id }) => id === ask.id);
      const isAnswered = (answerTo(draft.options, ask.id) ?? '').trim() !== '';
      const label = oneLine(answerTo(labels, ask.id) ?? '') || none;
      return [question?.title ?? ask.id, isAnswered ? label : (byDefault ?? label)];
    }
  }
}
