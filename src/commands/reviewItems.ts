import { findAnswer } from '../core/domain/questions.js';
import { formatCount, formatDuration } from '../core/presentation/formatting.js';
import { toOneLine } from '../lib/sanitize.js';
import { formatArgs, formatEnv } from '../lib/shellWords.js';
import type { DraftCheck } from './draftCheck.js';
import { listChangedSteps, listRepeated, resetToDefaults } from './draftDefaults.js';
import type { ReviewChoice, ReviewContext, ReviewLine } from './review.js';
import { listRestoredAnswers, omitRestoredAnswers, type SubmissionDraft } from './submissionDraft.js';
import type { PickItem } from './ui.js';
import type { WizardStep } from './wizard.js';

type ReviewRow = PickItem<ReviewChoice>;

/**
 * The lines of a review: *Submit*, the warnings, what can be done, the answers that are not defaults, the
 * content, and the other answers.
 */
export function createReviewItems(about: ReviewContext, checked: DraftCheck): readonly ReviewRow[] {
  const { draft, asks, lines, work } = about;
  const sent = [...lines(), ...(checked.validation?.items ?? [])];
  const warnings = sent.filter(({ warning }) => warning);
  const changed = listChangedSteps(draft, work);
  const choices = asks.map((ask) => ({ ask, isChanged: changed.has(ask.id) }));
  const toRows = (isChanged: boolean): readonly ReviewRow[] =>
    choices
      .filter((choice) => choice.isChanged === isChanged)
      .map(({ ask }) => createAnswerItem(ask, about, checked));
  return [
    createSubmitItem(about, checked, warnings.length),
    ...warnings.map((line) => toPickItem(line, about)),
    ...createRestoredItem(about, checked),
    ...createDefaultsItem(about),
    ...createDryRunItem(about),
    ...toGroup('Your choices', toRows(true)),
    ...toGroup(
      'Contents',
      sent.filter(({ warning }) => !warning).map((line) => toPickItem(line, about)),
    ),
    ...toGroup('Run options', toRows(false)),
  ];
}

const toGroup = (group: string, rows: readonly ReviewRow[]): readonly ReviewRow[] =>
  rows.map((row, index) => (index === 0 ? { ...row, group } : row));

function createSubmitItem(
  { draft }: ReviewContext,
  { trouble }: DraftCheck,
  warningCount: number,
): ReviewRow {
  if (trouble !== undefined)
    return { value: { do: 'nothing' }, label: 'Cannot Be Submitted', icon: 'error', detail: trouble };
  const warnings = warningCount === 1 ? ' · 1 warning' : ` · ${formatCount(warningCount)} warnings`;
  return {
    value: { do: 'send' },
    label: 'Submit',
    icon: 'play',
    description: `to ${draft.backend.connection.title}${warningCount === 0 ? '' : warnings}`,
  };
}

/** The line with the answers from the last time; selecting it removes them. */
function createRestoredItem({ draft, work }: ReviewContext, { labels }: DraftCheck): readonly ReviewRow[] {
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

/** The line that discards everything from the last time; absent if the line above it would do the same. */
function createDefaultsItem({ draft, work }: ReviewContext): readonly ReviewRow[] {
  const repeated = listRepeated(draft, work.kind);
  if (repeated.length <= listRestoredAnswers(draft, work.kind).length) return [];
  const ask: WizardStep<SubmissionDraft> = {
    id: 'defaults',
    run: (before) => Promise.resolve({ kind: 'value', value: resetToDefaults(before, work.kind) }),
  };
  return [
    {
      value: { do: 'ask', ask },
      label: 'Use Defaults',
      icon: 'discard',
      description: `instead of the choices of last time: ${toOneLine(repeated.join(' · '))}`,
    },
  ];
}

/** The line that shows the complete request, if the backend supports that. */
function createDryRunItem({ draft }: ReviewContext): readonly ReviewRow[] {
  if (!draft.backend.submit?.dryRun) return [];
  const description = 'show the full request without submitting it';
  return [{ value: { do: 'dryRun' }, label: 'Dry Run', icon: 'beaker', description }];
}

/** A line about the content; it opens what it is about. */
function toPickItem(line: ReviewLine, about: ReviewContext): ReviewRow {
  return {
    value: toChoice(line, about),
    label: line.label,
    icon: line.warning ? 'warning' : 'info',
    ...(line.warning ? { detail: line.text } : { description: line.text }),
  };
}

function toChoice(
  { run, opensDocument, question, scriptLine }: ReviewLine,
  { asks, openScript }: ReviewContext,
): ReviewChoice {
  if (run) return { do: 'run', run, opensDocument: opensDocument === true };
  const ask = asks.find(({ id }) => id === question);
  if (ask) return { do: 'ask', ask };
  if (scriptLine !== undefined && openScript)
    return { do: 'run', run: () => openScript(scriptLine), opensDocument: true };
  return { do: 'nothing' };
}

function createAnswerItem(
  ask: WizardStep<SubmissionDraft>,
  about: ReviewContext,
  checked: DraftCheck,
): ReviewRow {
  const [label, description] = formatStepValue(ask, about, checked);
  return { value: { do: 'ask', ask }, label, description, icon: 'edit' };
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
