/** Formats a text as a Julia string literal. */
export function formatJuliaString(text: string): string {
  const escaped = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if ('"\\$'.includes(character)) return `\\${character}`;
    const isPlain = code >= 0x20 && code !== 0x7f && !/[\p{C}\p{Z}]/u.test(character);
    return isPlain || character === ' ' ? character : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/**
 * The code that runs a script in a bundle: from the root of the unpacked bundle and at top level, so that
 * `@__DIR__` and relative includes are relative to the script. Servers up to 6.2 start it one folder higher.
 * The version of their API does not show that, so the job checks both folders. Source:
 * docs/protocols/juliahub.md, 3.7 and 12.3.
 *
 * @param entry - Relative to the bundle's root, with `/`.
 */
export function formatDriverCode(entry: string): string {
  const parts = entry.split('/').map(formatJuliaString).join(', ');
  return [
    `let path = joinpath(pwd(), ${parts}), older = joinpath(pwd(), "appbundle", ${parts})`,
    '    isfile(path) || isfile(older) || error("The script of this job is not in its bundle: ", path)',
    '    file = isfile(path) ? path : older',
    // As if Julia had been started with the script, since many scripts check
    // `abspath(PROGRAM_FILE) == @__FILE__`.
    '    Base.eval(Base, Expr(:(=), :PROGRAM_FILE, file))',
    '    Base.include(Main, file)',
    'end',
    '',
  ].join('\n');
}
