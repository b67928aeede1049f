import { oneLine } from '../../lib/printable.js';

/** The parsed rows of a response, and a short text for each unreadable part, for the log. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly malformed: readonly string[];
}

/** An unreadable part, shortened to one line of the log. */
export const malformedText = (text: string): string => oneLine(text.trimStart().slice(0, 400));

/** The byte between the fields of a record; users' texts hardly ever contain it. */
export const fieldMark = '\u001f';

/** A field's text; undefined for Slurm's placeholders for no value. */
export const told = (text: string): string | undefined => (nothing.has(text.trim()) ? undefined : text);

const nothing = new Set(['', '(null)', 'N/A', 'n/a', 'None', 'NONE', 'none', 'Unknown', 'None assigned']);

/** A count: `4`; Slurm writes large counts as multiples of 1024, such as `2K`. Undefined if unknown. */
export function readCount(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12})([KMG]?)/.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** '_KMG'.indexOf(unit || '_');
}

/** A counted resource other than CPUs and memory: `gpu:a100:2`. */
export interface Gres {
  readonly name: string;
  readonly type: string | undefined;
  readonly count: number;
}

/**
 * Parses `gpu:2`, `gpu:a100:4(S:0-1),mps:400`, `gres:gpu:1` (22.05) and `gres/gpu:1` (24.11); the default count is
 * one. Source: docs/protocols/slurm.md, 8, and recorded responses.
 */
export function readGres(text: string): readonly Gres[] {
  const parts = (told(text) ?? '').replaceAll(/\([^()]*\)/g, '').split(',');
  return parts.flatMap((part) => {
    const [name = '', ...rest] = part
      .trim()
      .replace(/^gres[:/]/, '')
      .split(/[:=]/);
    const count = readCount(rest.at(-1) ?? '');
    const type = count === undefined ? rest[0] : rest.slice(0, -1)[0];
    return name === '' ? [] : [{ name, type, count: count ?? 1 }];
  });
}

/** `gpu:2`, `gpu:a100:4`; several are separated by commas. */
export const gresText = (gres: readonly Gres[]): string =>
  gres
    .map(({ name, type, count }) => [name, ...(type === undefined ? [] : [type]), count].join(':'))
    .join(',');
