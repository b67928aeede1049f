import * as z from 'zod/mini';
import type { HttpResponse } from '../../../http/http.js';
import { parseArray } from '../../../http/jsonArray.js';
import { toKeywords } from './keywords.js';
import { parseNestedJson } from '../../../lib/json.js';

/** One entry of a job's log: one call of the job's logger, or one line of its output. */
export interface LogEntry {
  /** The server's id of the entry. */
  readonly id: string | undefined;
  /** The id as a number, if it is one: it increases with each entry, but not necessarily by one. */
  readonly number: number | undefined;
  /** When it was written, in milliseconds since 1970. */
  readonly ms: number | undefined;
  /** Can contain several lines. */
  readonly message: string;
  readonly level: string | undefined;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

/** The entries of one response, oldest first. */
export interface LogEntryPage {
  readonly entries: readonly LogEntry[];
  /** True: there are no earlier entries. */
  readonly top: boolean;
  /** True: the job has finished and there are no later entries. */
  readonly bottom: boolean;
  /** Number of entries that could not be parsed. */
  readonly malformed: number;
}

/** The server's response to a request for a page: the page, a refusal, or an unknown form. */
export type PageResponse =
  | { readonly kind: 'page'; readonly page: LogEntryPage }
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'unknown' };

const LogEntryShape = z.object({
  _meta: z.optional(z.unknown()),
  end: z.optional(z.unknown()),
  message: z.nullish(z.string()),
  timestamp: z.optional(z.unknown()),
  eventId: z.nullish(z.union([z.string(), z.number()])),
  keywords: z.optional(z.unknown()),
  metadata: z.optional(z.unknown()),
});

const PageRefusalShape = z.object({
  success: z.literal(false),
  reason: z.nullish(z.string()),
  message: z.nullish(z.string()),
});

const RecordShape = z.record(z.string(), z.unknown());

/** Limits for an entry of a page; `maxChars` is also the maximum length of a socket message. */
const entryBounds = { maxChars: 4_194_304, maxDepth: 100 };

/**
 * Parses the body of `get_logs` incrementally: JSON, or a JSON string that contains JSON; `null` means no
 * entries.
 *
 * Source: docs/protocols/juliahub.md, 5.1.
 */
export async function parsePage(answer: Pick<HttpResponse, 'text' | 'pieces'>): Promise<PageResponse> {
  const page = createPageBuilder();
  const read = await parseArray(answer, entryBounds, (item) => {
    page.add('value' in item ? item.value : undefined);
    return true;
  });
  if (read.kind === 'array') return { kind: 'page', page: page.end() };
  if (read.kind === 'notJson') return { kind: 'unknown' };
  if (read.value === null) return { kind: 'page', page: createPageBuilder().end() };
  const refusal = PageRefusalShape.safeParse(read.value);
  if (!refusal.success) return { kind: 'unknown' };
  const { reason, message } = refusal.data;
  return { kind: 'refused', words: reason || message || '' };
}

/**
 * Parses a message of the socket, one entry, as a page. An empty message is a keep-alive: a page without
 * entries.
 *
 * Source: docs/protocols/juliahub.md, 5.3.
 */
export function parseMessage(message: string): LogEntryPage {
  if (message.trim() === '') return toPage([]);
  const outside = parseNestedJson(message);
  return toPage(Array.isArray(outside) ? outside : [outside]);
}

function toPage(items: readonly unknown[]): LogEntryPage {
  const page = createPageBuilder();
  for (const item of items) page.add(item);
  return page.end();
}

/** Builds a page item by item. */
function createPageBuilder(): { readonly add: (item: unknown) => void; readonly end: () => LogEntryPage } {
  const entries: LogEntry[] = [];
  let top = false;
  let bottom = false;
  let malformed = 0;
  return {
    add: (item) => {
      const read = LogEntryShape.safeParse(item);
      if (!read.success) malformed++;
      else if (read.data._meta === undefined) entries.push(toLogEntry(read.data));
      else if (read.data._meta === true && read.data.end === 'top') top = true;
      else if (read.data._meta === true && read.data.end === 'bottom') bottom = true;
      else malformed++;
    },
    end: () => ({ entries: sortEntries(entries), top, bottom, malformed }),
  };
}

/**
 * Sorts entries by number if all have one, else retains their order. Source: docs/protocols/juliahub.md,
 * 12.4.
 */
function sortEntries(entries: readonly LogEntry[]): readonly LogEntry[] {
  let last = -1;
  let isSorted = true;
  for (const { number } of entries) {
    if (number === undefined) return entries;
    if (number < last) isSorted = false;
    last = number;
  }
  return isSorted ? entries : entries.toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0));
}

function toLogEntry(wire: z.infer<typeof LogEntryShape>): LogEntry {
  const id = String(wire.eventId ?? '');
  const metadata = toRecord(wire.metadata);
  const level = toLevelName(metadata['level']);
  return {
    id: id === '' ? undefined : id,
    number: parseEntryNumber(id),
    ms: parseTimestamp(wire.timestamp),
    message: wire.message ?? '',
    level,
    fields: toKeywords(toRecord(wire.keywords), metadata, level),
  };
}

/** An event id as a number; undefined if it is not one, or is too long to be exact. */
export const parseEntryNumber = (id: string): number | undefined =>
  /^\d{1,15}$/.test(id) ? Number(id) : undefined;

const emptyRecord: Readonly<Record<string, unknown>> = {};

function toRecord(outside: unknown): Readonly<Record<string, unknown>> {
  // Validation that fails costs more than the rest of an entry, and the value is usually missing.
  if (outside === undefined || outside === null) return emptyRecord;
  const read = RecordShape.safeParse(outside);
  return read.success ? read.data : emptyRecord;
}

/** Milliseconds since 1970 of an ISO time or a number. A time without a zone is UTC. */
function parseTimestamp(timestamp: unknown): number | undefined {
  // The range of dates.
  if (typeof timestamp === 'number')
    return Math.abs(timestamp) <= 8.64e15 ? Math.trunc(timestamp) : undefined;
  if (typeof timestamp !== 'string') return undefined;
  if (/^\d{1,15}$/.test(timestamp)) return Number(timestamp);
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(timestamp) ? timestamp : `${timestamp}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Julia's own levels in lowercase; other words unchanged. */
function toLevelName(level: unknown): string | undefined {
  if (typeof level !== 'string' || level === '') return undefined;
  return /^(debug|info|warn|error)$/i.test(level) ? level.toLowerCase() : level;
}
