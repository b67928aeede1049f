/** What came of asking julia. Plain data: it travels between threads. */
export type Outcome =
  /** There is no julia on hand. */
  | { readonly kind: 'absent' }
  /** It did not come to an end; a phrase. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Its report, and the real path of the copy of the environment it ran in. */
  | { readonly kind: 'done'; readonly report: string; readonly folder: string };

/** One finding: a kind and its words. The kinds are those of the program that julia runs. */
export interface Finding {
  readonly kind: string;
  readonly words: readonly string[];
}

/** Reads a report; undefined: it is not whole. */
export function findingsIn(report: string): readonly Finding[] | undefined {
  const findings = report
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [kind = '', ...words] = line.split('\t');
      return { kind, words: words.map((word) => Buffer.from(word, 'hex').toString()) };
    });
  return findings.at(-1)?.kind === 'end' ? findings.slice(0, -1) : undefined;
}
