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

/** A line of the review that is made by the kind of work. */
export interface Line extends Fact {
  /** What happens when it is chosen; the review stays. */
  readonly run?: () => Promise<void> | void;
  /** Present: that opens something to read, for which the review makes room until the user comes back. */
  readonly opens?: true;
}

/** The lines on what is sent, made anew each time the review is shown. */
export type Lines = () => readonly Line[];

/** What the user decided on the review. */
export type Decision =
  | { readonly kind: 'send'; readonly draft: Draft; readonly validation: Validation | undefined }
  | { readonly kind: 'changed'; readonly draft: Draft }
  | { readonly kind: 'back' }
  | { readonly kind: 'left' };

type Choice =
  | { readonly do: 'send' }
  /** True: it has opened something to read. */
  | { readonly do: 'run'; readonly run: () => Promise<boolean> }
  | { readonly do: 'ask'; readonly ask: Ask<Draft> }
  | { readonly do: 'nothing' };

/** What a review is about. */
export interface Reviewed {
  readonly title: string;
  readonly work: Work;
  readonly draft: Draft;
  readonly asks: readonly Ask<Draft>[];
  readonly lines: Lines;
  /** True once a line's action made the review pointless: it then ends as if left. */
  readonly isOver?: () => boolean;
  /** The finished bundle, where one is sent. */
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

/** Shows all that will be sent on one page, where each line can be changed, and asks for the last word. */
export async function review(ui: Ui, about: Reviewed): Promise<Decision> {
  const { draft, title, work, asks } = about;
  const checked = await factsOf(ui, draft, work);
  // What is optional stands here alone.
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

/** Shrinks to one line, since the whole review would cover what it has opened; any answer leads back to it. */
async function makeRoom(ui: Ui, { title, draft }: Reviewed): Promise<void> {
  const step = { title: `${title} to ${draft.backend.connection.title}: Files`, canGoBack: true };
  await ui.pick(step, [{ value: undefined, label: 'Back to Review', icon: 'arrow-left' }]);
}

/** What the backend says of a draft. */
interface Checked {
  /** Undefined: it was not looked at, or cannot be sent. */
  readonly validation?: Validation | undefined;
  /** What would make it fail for certain. */
  readonly trouble?: string;
  /** What the answers are called, by the questions' ids. */
  readonly labels: Answers;
  /** What counts where nothing was answered, likewise, and as `name` and `limit`. */
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

/** What cannot be had is not shown. */
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

/** What has to be answered first: a line that was changed here may make another question count, or its answer wrong. */
function missingIn({ backend, options }: Draft, kind: Work['kind']): string | undefined {
  const wrong = wrongAnswer(backend.submit?.questions?.(kind) ?? [], options);
  if (!wrong) return undefined;
  const { question, why } = wrong;
  return why === undefined ? `${question.title} is required.` : `${question.title}: ${why}`;
}

/** The labels of the chosen answers; a list that cannot be had leaves the answers as they are. */
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

/** What a choice is called; what is none of them, as it was typed. */
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

/** What was answered the last time and might not be meant again; choosing it leaves it out. */
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

/** Shows all that would be sent, where the backend can tell. */
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
      // It was only a look: what was decided so far is not lost with it.
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
