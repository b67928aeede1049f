import { createYielder } from './yielding.js';

/** The number of calls between two checks of the time. */
const callsPerTimeCheck = 200;

/** Formatted JSON. */
export type FormattedJson =
  | { readonly kind: 'laidOut'; readonly text: string }
  /** Longer than {@link maxLayout}; the text is truncated. */
  | { readonly kind: 'tooLong'; readonly text: string };

/** The same for a text that may not be JSON. */
export type JsonFormatResult = FormattedJson | { readonly kind: 'noJson' };

/** The maximum length of formatted text, in characters: an editor shows no more. */
export const maxJsonChars = 5_000_000;

/**
 * Formats JSON with a line for each member and element, as `JSON.stringify` does, but without changing
 * numbers and strings: parsing would round long numbers. Yields to other work.
 */
export async function formatJson(text: string): Promise<JsonFormatResult> {
  if (text.length > maxJsonChars) return { kind: 'tooLong', text: text.slice(0, maxJsonChars) };
  try {
    return await formatTokens(tokenizeJson(text));
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'noJson' };
    throw error;
  }
}

/** Formats a parsed value in the same way. Not recursive, so any depth is supported. */
export const formatJsonValue = (value: unknown): Promise<FormattedJson> => formatTokens(tokenizeValue(value));

async function formatTokens(tokens: Iterable<string>): Promise<FormattedJson> {
  const takeTurns = createYielder(callsPerTimeCheck);
  /** Joined in chunks: joining millions of parts would block the thread. */
  const whole: string[] = [];
  let parts: string[] = [];
  let length = 0;
  const put = (part: string): void => {
    parts.push(part);
    length += part.length;
    if (parts.length < 1000) return;
    whole.push(parts.join(''));
    parts = [];
  };
  const joinParts = (): string => whole.join('') + parts.join('');
  let depth = 0;
  let previous = '';
  for (const token of tokens) {
    const closes = token === '}' || token === ']';
    const afterOpening = previous === '{' || previous === '[';
    if (closes) depth--;
    // Empty objects and lists stay on one line.
    if (previous !== '' && (previous === ',' || closes !== afterOpening)) put(`\n${'  '.repeat(depth)}`);
    put(token === ':' ? ': ' : token);
    if (token === '{' || token === '[') depth++;
    previous = token;
    if (length > maxJsonChars) return { kind: 'tooLong', text: joinParts().slice(0, maxJsonChars) };
    const turn = takeTurns();
    if (turn) await turn;
  }
  return { kind: 'laidOut', text: joinParts() };
}

/** The maximum length of a string that is validated, in characters. */
const maxCheckedChars = 500_000;

/** The tokens that are allowed next. */
type ExpectedToken = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd';

/**
 * The tokens of a JSON text.
 *
 * @throws SyntaxError if it is invalid.
 */
function* tokenizeJson(text: string): Generator<string> {
  const open: ('{' | '[')[] = [];
  const token = /\s*(?:([{}[\],:"])|([^\s{}[\],:"]+))/y;
  let expected: ExpectedToken = 'value';
  for (;;) {
    const [, sign = '', word = ''] = token.exec(text) ?? [];
    // Only white space is left.
    if (sign === '' && word === '') break;
    const isValue = expected === 'value' || expected === 'valueOrEnd';
    const isKey: boolean = expected === 'key' || expected === 'keyOrEnd';
    if (isValue && (sign === '{' || sign === '[')) {
      open.push(sign);
      expected = sign === '{' ? 'keyOrEnd' : 'valueOrEnd';
      yield sign;
    } else if (sign === '"' && (isValue || isKey)) {
      const end = findStringEnd(text, token.lastIndex);
      const string = text.slice(token.lastIndex - 1, end);
      // Parsing a longer string would block the thread; its content is not validated.
      if (string.length < maxCheckedChars) JSON.parse(string);
      token.lastIndex = end;
      expected = isKey ? 'colon' : 'commaOrEnd';
      yield string;
    } else if (word !== '' && isValue) {
      JSON.parse(word);
      expected = 'commaOrEnd';
      yield word;
    } else {
      expected = getExpectedAfter(sign, expected, open);
      yield sign;
    }
  }
  if (expected !== 'commaOrEnd' || open.length > 0) throw new SyntaxError('not JSON');
}

/** The state after a separator or a closing sign; removes the closed element from `open`. */
function getExpectedAfter(sign: string, expected: ExpectedToken, open: ('{' | '[')[]): ExpectedToken {
  const inside = open.at(-1);
  if (sign === ':' && expected === 'colon') return 'value';
  if (sign === ',' && expected === 'commaOrEnd' && inside) return inside === '{' ? 'key' : 'value';
  const mayEnd = expected === 'commaOrEnd' || expected === (inside === '{' ? 'keyOrEnd' : 'valueOrEnd');
  if (mayEnd && inside && sign === (inside === '{' ? '}' : ']')) {
    open.pop();
    return 'commaOrEnd';
  }
  throw new SyntaxError('not JSON');
}

/** The index after the quote that ends a string whose content starts at `from`. */
function findStringEnd(text: string, from: number): number {
  for (let at = from; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) throw new SyntaxError('not JSON');
    let before = at;
    while (before > from && text[before - 1] === '\\') before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
}

/** An object or list that is being written. */
interface OpenContainer {
  readonly isList: boolean;
  readonly entries: Iterator<readonly [string | number, unknown]>;
  isFirst: boolean;
}

function* tokenizeValue(root: unknown): Generator<string> {
  const open: OpenContainer[] = [];
  const begin = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
    const isList = Array.isArray(value);
    // SAFETY: list entries are pairs of a number and a value.
    const entries = (isList ? value.entries() : Object.entries(value).values()) as OpenContainer['entries'];
    open.push({ isList, entries, isFirst: true });
    return isList ? '[' : '{';
  };
  yield begin(root);
  for (let frame = open.at(-1); frame; frame = open.at(-1)) {
    const entry = frame.entries.next();
    if (entry.done) {
      yield frame.isList ? ']' : '}';
      open.pop();
      continue;
    }
    const [key, value] = entry.value;
    if (!frame.isList && value === undefined) continue;
    if (!frame.isFirst) yield ',';
    frame.isFirst = false;
    if (!frame.isList) {
      yield JSON.stringify(key);
      yield ':';
    }
    yield begin(value);
  }
}
