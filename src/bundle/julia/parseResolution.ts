/** The outcome of running Julia. Plain data, since it is sent between threads. */
export type JuliaRunResult =
  /** No Julia was found. */
  | { readonly kind: 'absent' }
  /** Julia failed; a phrase. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Julia's report, and the real path of the copy of the environment. */
  | { readonly kind: 'done'; readonly report: string; readonly folder: string };

/** A finding: its kind, as in {@link collectScript}, and its values. */
export interface JuliaFinding {
  readonly kind: string;
  readonly words: readonly string[];
}

/** Parses a report; undefined if it is incomplete. */
export function parseResolution(report: string): readonly JuliaFinding[] | undefined {
  const findings = report
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [kind = '', ...words] = line.split('\t');
      return { kind, words: words.map((word) => Buffer.from(word, 'hex').toString()) };
    });
  return findings.at(-1)?.kind === 'end' ? findings.slice(0, -1) : undefined;
}
