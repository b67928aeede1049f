/** The longest text of a value that is shown with a line, in characters. */
const maxValueChars = 4_000;

/**
 * Names that are not the user's: the server's own, the logger's type, which it adds, and what Julia's logging macros take
 * for themselves. Source: docs/protocols/juliahub.md, 5.1; Julia manual, "Logging".
 */
const internalNames =
  /^(?:jrun_.*|typeof\([\w.]*logger\w*(?:\(\))?\)|maxlog|_(?:module|group|id|file|line))$/i;

/** Where the program that starts jobs stands: what it says of itself is no value of the user's. */
const internalFiles = /^\/opt\/juliahub\//;

/**
 * The values that the job's logger was called with, and for warnings and errors where in the code that was; undefined:
 * there are none of the user's.
 */
export function keywordsOf(
  keywords: Readonly<Record<string, unknown>>,
  { filepath, line, _module: module }: Readonly<Record<string, unknown>>,
  level: string | undefined,
): Readonly<Record<string, string>> | undefined {
  const file = typeof filepath === 'string' ? filepath : '';
  if (internalFiles.test(file) && module === 'Main.JuliaRunJob') return undefined;
  const fields: [string, string][] = [];
  if ((level === 'warn' || level === 'error') && file !== '')
    fields.push(['source', typeof line === 'number' ? `${file}:${line}` : file]);
  for (const [name, value] of Object.entries(keywords))
    if (!internalNames.test(name)) fields.push([name, valueText(value)]);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** A value that goes too deep has no text. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '…';
  }
}

function valueText(value: unknown): string {
  // A line end in a value would make two lines of one.
  const text = typeof value === 'string' && !/[\r\n]/.test(value) ? value : jsonOf(value);
  return text.length > maxValueChars ? `${text.slice(0, maxValueChars)}…` : text;
}
