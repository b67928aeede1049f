/** Maximum length of a value shown with a line, in characters. */
const maxValueChars = 4_000;

/**
 * Names that are not the user's: the server's own, the logger's type, which the server adds, and the
 * arguments that Julia's logging macros use. Source: docs/protocols/juliahub.md, 5.1; Julia manual,
 * "Logging".
 */
const internalNamePattern =
  /^(?:jrun_.*|typeof\([\w.]*logger\w*(?:\(\))?\)|maxlog|_(?:module|group|id|file|line))$/i;

/** The location of the program that starts jobs. Its own values are not the user's. */
const internalFilePattern = /^\/opt\/juliahub\//;

/**
 * The values passed to the job's logger and, for warnings and errors, the source location; undefined if none
 * are the user's.
 */
export function toKeywords(
  keywords: Readonly<Record<string, unknown>>,
  { filepath, line, _module: module }: Readonly<Record<string, unknown>>,
  level: string | undefined,
): Readonly<Record<string, string>> | undefined {
  const file = typeof filepath === 'string' ? filepath : '';
  if (internalFilePattern.test(file) && module === 'Main.JuliaRunJob') return undefined;
  const fields: [string, string][] = [];
  if ((level === 'warn' || level === 'error') && file !== '')
    fields.push(['source', typeof line === 'number' ? `${file}:${line}` : file]);
  for (const [name, value] of Object.entries(keywords))
    if (!internalNamePattern.test(name)) fields.push([name, formatValue(value)]);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** JSON of a value; `…` if it is nested too deeply. */
function toJsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '…';
  }
}

function formatValue(value: unknown): string {
  // A line break in a value would split the line.
  const text = typeof value === 'string' && !/[\r\n]/.test(value) ? value : toJsonText(value);
  return text.length > maxValueChars ? `${text.slice(0, maxValueChars)}…` : text;
}
