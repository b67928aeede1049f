/**
 * Makes a sentence for users from a pattern with `{0}`, `{1}` … and what stands in for them: `vscode.l10n.t` in the
 * editor, {@link plainSay} elsewhere.
 */
export type Say = (pattern: string, ...values: (string | number)[]) => string;

/** The pattern as it stands, filled in. */
export const plainSay: Say = (pattern, ...values) =>
  pattern.replace(/\{(\d+)\}/g, (hole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? hole : String(value);
  });
