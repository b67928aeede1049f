import type { ReviewItem } from '../core/domain/jobSpec.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import { createNotice } from '../core/presentation/notice.js';
import { sanitize } from '../lib/sanitize.js';
import type { DraftCheck } from './draftCheck.js';
import type { ReviewContext } from './review.js';
import { toJobRequest } from './submissionDraft.js';
import type { UserInterface } from './ui.js';

/** Shows the complete request as a document, after the warnings of the review; false: it failed. */
export async function showDryRun(
  ui: UserInterface,
  { draft, work, bundle, lines }: ReviewContext,
  { validation, trouble }: DraftCheck,
): Promise<boolean> {
  const dryRun = draft.backend.submit?.dryRun;
  if (!dryRun) return false;
  try {
    const text = await ui.progress(`Preparing ${draft.name}`, async (signal) => {
      const request = toJobRequest(draft, work.kind);
      if (work.kind !== 'bundle' || !bundle) return dryRun({ ...request, ...work }, signal);
      return dryRun({ ...request, ...work, bundle: await bundle(signal) }, signal);
    });
    const warnings = formatWarnings([...lines(), ...(validation?.items ?? [])], trouble);
    await ui.show({ title: `Dry run of ${draft.name}.txt`, text: `${warnings}${text}` });
    return true;
  } catch (error) {
    // A failed dry run does not discard the draft.
    if (isAbort(error)) return false;
    if (!(error instanceof JobError)) throw error;
    void ui.showMessage('error', createNotice(error.problem).text, []);
    return false;
  }
}

function formatWarnings(items: readonly ReviewItem[], trouble: string | undefined): string {
  const warnings = items.filter(({ warning }) => warning).map(({ label, text }) => `${label}: ${text}`);
  const all = trouble === undefined ? warnings : [`Cannot be submitted: ${trouble}`, ...warnings];
  if (all.length === 0) return '';
  return `Warnings\n${all.map((text) => `  ${sanitize(text)}\n`).join('')}\n`;
}
