import type { HttpResponse } from './http.js';
import { createItemScanner, type ItemBounds, type JsonItem } from './jsonItems.js';
import { createStringDecoder } from './jsonText.js';
import { createYielder } from '../lib/yielding.js';
import { parseNestedJson } from '../lib/json.js';

/**
 * The content of a text: an array, whose items were processed; another value; or invalid or incomplete JSON.
 */
export type ArrayParseResult =
  | { readonly kind: 'array' }
  | { readonly kind: 'other'; readonly value: unknown }
  | { readonly kind: 'notJson' };

/** Number of characters processed between yields to the event loop. */
const pieceChars = 16_384;

/** Maximum length of a value other than an array, in characters: a refusal, or an empty value. */
const maxOtherChars = 262_144;

/**
 * Parses a JSON array, also one inside a JSON string, and yields to the event loop however long it is. Each
 * item is parsed separately, so a malformed item does not affect the others.
 *
 * @param take - Called with each item, in order; if it returns false, the rest is not parsed.
 */
export async function parseArray(
  answer: Pick<HttpResponse, 'text' | 'pieces'>,
  bounds: ItemBounds,
  take: (item: JsonItem) => boolean,
): Promise<ArrayParseResult> {
  const giveTurn = createYielder();
  let items: JsonItem[] = [];
  const scanner = createItemScanner(bounds, (item) => {
    items.push(item);
  });
  let decoder: ReturnType<typeof createStringDecoder> | undefined;
  let begins: 'outside' | 'inside' | 'array' = 'outside';
  try {
    for (const piece of listPieces(answer)) {
      let text = begins === 'outside' ? piece.trimStart() : piece;
      if (begins === 'outside' && text !== '') {
        if (text.startsWith('"')) decoder = createStringDecoder();
        else if (!text.startsWith('[')) return parseOther(answer);
        text = decoder ? text.slice(1) : text;
        begins = decoder ? 'inside' : 'array';
      }
      if (decoder) text = decoder.decode(text);
      if (begins === 'inside' && text.trim() !== '') {
        if (!text.trimStart().startsWith('[')) return parseOther(answer);
        begins = 'array';
      }
      scanner.push(text);
      for (const item of items) {
        if (!take(item)) return { kind: 'array' };
        const turn = giveTurn();
        if (turn) await turn;
      }
      items = [];
      const turn = giveTurn();
      if (turn) await turn;
    }
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'notJson' };
    throw error;
  }
  if (begins === 'array')
    return scanner.hasEnded() && (decoder?.hasEnded() ?? true) ? { kind: 'array' } : { kind: 'notJson' };
  return parseOther(answer);
}

function* listPieces(answer: Pick<HttpResponse, 'text' | 'pieces'>): Generator<string> {
  // Reading `text` joins the pieces, which blocks the event loop if they are long.
  for (const piece of answer.pieces ?? [answer.text])
    for (let at = 0; at < piece.length; at += pieceChars) yield piece.slice(at, at + pieceChars);
}

function parseOther(answer: Pick<HttpResponse, 'text' | 'pieces'>): ArrayParseResult {
  const { pieces = [answer.text] } = answer;
  if (pieces.reduce((sum, { length }) => sum + length, 0) > maxOtherChars) return { kind: 'notJson' };
  const value = parseNestedJson(answer.text);
  return value === undefined ? { kind: 'notJson' } : { kind: 'other', value };
}
