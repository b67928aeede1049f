/**
 * A JSON text with a line for each member and element, as `JSON.stringify` indents it, but with each number and string
 * as it was written: reading them would round long numbers. Undefined: it is no JSON.
 */
export function jsonLaidOut(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const parts: string[] = [];
  let depth = 0;
  let previous = '';
  for (const token of tokens) {
    const closes = token === '}' || token === ']';
    const afterOpening = previous === '{' || previous === '[';
    if (closes) depth--;
    // An empty object or list stays on its line.
    if (previous === ',' || closes !== afterOpening) parts.push(`\n${'  '.repeat(depth)}`);
    parts.push(token === ':' ? ': ' : token);
    if (token === '{' || token === '[') depth++;
    previous = token;
  }
  return parts.join('');
}
