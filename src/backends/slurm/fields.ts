import { oneLine } from '../../lib/printable.js';

/** What was read of an answer, and of what could not be: a short text each, for the log. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly malformed: readonly string[];
}

/** What could not be read, short enough for a line of a log; however long it was. */
export const malformedText = (text: string): string => oneLine(text.trimStart().slice(0, 400));

/** The byte that stands between the fields of a record in what we ask for; hardly a text of a user holds it. */
export const fieldMark = '\u001f';

/** A field's text; undefined for what Slurm writes where there is nothing. */
export const told = (text: string): string | undefined => (nothing.has(text.trim()) ? undefined : text);

const nothing = new Set(['', '(null)', 'N/A', 'n/a', 'None', 'NONE', 'none', 'Unknown', 'None assigned']);

/** A count: `4`; of large ones Slurm writes multiples of 1024 as `2K`. Undefined: not told. */
export function readCount(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12})([KMG]?)/.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** '_KMG'.indexOf(unit || '_');
}

/** Something counted that a job asks for or a node has besides CPUs and memory: `gpu:a100:2`. */
export interface Gres {
  readonly name: string;
  readonly type: string | undefined;
  readonly count: number;
}

/**
 * Reads `gpu:2`, `gpu:a100:4(S:0-1),mps:400`, `gres:gpu:1` (22.05) and `gres/gpu:1` (24.11); what has no count is one.
 * Source: docs/protocols/slurm.md, 8, and recorded answers.
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

/** `gpu:2`, `gpu:a100:4`; several with a comma. */
export const gresText = (gres: readonly Gres[]): string =>
  gres
    .map(({ name, type, count }) => [name, ...(type === undefined ? [] : [type]), count].join(':'))
    .join(',');
