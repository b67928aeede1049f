/** A text as a literal of Julia that stands for exactly it. */
export function juliaString(text: string): string {
  const escaped = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if ('"\\$'.includes(character)) return `\\${character}`;
    const isPlain = code >= 0x20 && code !== 0x7f && !/[\p{C}\p{Z}]/u.test(character);
    return isPlain || character === ' ' ? character : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/**
 * The code that runs a script inside of a bundle: from the unpacked root, at top level, so that `@__DIR__` and relative
 * includes are those of the script. Servers up to 6.2 start it one folder higher, which no version of their API tells, so
 * that the job itself looks. Source: docs/protocols/juliahub.md, 3.7 and 12.3.
 *
 * @param entry - Relative to the bundle's root, with `/`.
 */
export function driverCode(entry: string): string {
  const parts = entry.split('/').map(juliaString).join(', ');
  return [
    `let path = joinpath(pwd(), ${parts}), older = joinpath(pwd(), "appbundle", ${parts})`,
    '    isfile(path) || isfile(older) || error("The script of this job is not in its bundle: ", path)',
    '    file = isfile(path) ? path : older',
    // As if Julia had been started with the script: `abspath(PROGRAM_FILE) == @__FILE__` says so in many of them.
    '    Base.eval(Base, Expr(:(=), :PROGRAM_FILE, file))',
    '    Base.include(Main, file)',
    'end',
    '',
  ].join('\n');
}
