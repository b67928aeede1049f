import { toOneLine } from '../../lib/sanitize.js';

/** The parsed rows of a response, and a short text for each unreadable part, for the log. */
export interface ParsedRows<T> {
  readonly rows: readonly T[];
  readonly malformed: readonly string[];
}

/** An unreadable part, shortened to one line of the log. */
export const formatMalformed = (text: string): string => toOneLine(text.trimStart().slice(0, 400));

/** The byte between the fields of a record; users' texts hardly ever contain it. */
export const fieldSeparator = '\u001f';

/** A field's text; undefined for Slurm's placeholders for no value. */
export const toNonEmpty = (text: string): string | undefined =>
  emptyValues.has(text.trim()) ? undefined : text;

const emptyValues = new Set(['', '(null)', 'N/A', 'n/a', 'None', 'NONE', 'none', 'Unknown', 'None assigned']);

/** A count: `4`; Slurm writes large counts as multiples of 1024, such as `2K`. Undefined if unknown. */
export function parseCount(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12})([KMG]?)/.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** '_KMG'.indexOf(unit || '_');
}

/** A counted resource other than CPUs and memory: `gpu:a100:2`. */
export interface GresItem {
  readonly name: string;
  readonly type: string | undefined;
  readonly count: number;
}

/**
 * Parses `gpu:2`, `gpu:a100:4(S:0-1),mps:400`, `gres:gpu:1` (22.05) and `gres/gpu:1` (24.11); the default count is
 * one. Source: docs/protocols/slurm.md, 8, and recorded responses.
 */
export function parseGres(text: string): readonly GresItem[] {
  const parts = (toNonEmpty(text) ?? '').replaceAll(/\([^()]*\)/g, '').split(',');
  return parts.flatMap((part) => {
    const [name = '', ...rest] = part
      .trim()
      .replace(/^gres[:/]/, '')
      .split(/[:=]/);
    const count = parseCount(rest.at(-1) ?? '');
    const type = count === undefined ? rest[0] : rest.slice(0, -1)[0];
    return name === '' ? [] : [{ name, type, count: count ?? 1 }];
  });
}

/** `gpu:2`, `gpu:a100:4`; several are separated by commas. */
export const formatGres = (gres: readonly GresItem[]): string =>
  gres
    .map(({ name, type, count }) => [name, ...(type === undefined ? [] : [type]), count].join(':'))
    .join(',');
