import { json, text, type Asked, type Reply } from './http.js';
import { entriesOf, now, violate, type DoubleJob, type Entries, type LogEntry, type State } from './state.js';

/** The marks of a log's start and end. Source: docs/protocols/juliahub.md, 5.1. */
export const top = { _meta: true, end: 'top', message: '' };
export const bottom = { _meta: true, end: 'bottom', message: '' };

/** Maximum number of entries of a request. Source: docs/protocols/juliahub.md, 5.1. */
const mostEntries = 10_000;

/** An entry as returned by the server. Source: docs/protocols/juliahub.md, 5.1. */
export function told(state: State, job: DoubleJob, entry: LogEntry): unknown {
  const { logTimes, eventIds, alterLog } = state.controls;
  const { id, ms, message, level, keywords, module = 'Main', file = 'code.jl', line = 1 } = entry;
  const iso = new Date(ms).toISOString();
  const times = { iso, plain: iso.replace('Z', ''), number: ms, none: undefined };
  const all = {
    message,
    ...(logTimes === 'none' ? {} : { timestamp: times[logTimes] }),
    ...(eventIds ? { eventId: String(id) } : {}),
    keywords: {
      jrun_hostname: `${job.name}-x5z4g`,
      jrun_worker_id: 1,
      jrun_thread_id: 1,
      jrun_process_id: 27,
      jrun_time: iso,
      ...keywords,
    },
    metadata:
      level === undefined
        ? {}
        : { level, _module: module, filepath: file, line, group: 'code', id: `Main_${String(id)}` },
  };
  return alterLog ? alterLog(all) : all;
}

/** Returns a page of a log. Source: docs/protocols/juliahub.md, 5.1. */
export function logRoute(state: State, user: string, { query }: Asked): Reply {
  const name = query.get('jobname');
  const fail = (what: string): Reply => {
    violate(state, `get_logs ${what}`, '5.1');
    return text(what, 400);
  };
  if (name === null) return fail('without jobname');
  if (query.get('log_output_type') !== 'content') return fail('without log_output_type=content');
  if (query.get('log_out_type') !== 'json') return fail('without log_out_type=json');
  const [start, end] = [query.get('start_time'), query.get('end_time')];
  if (start !== null && end !== null) return fail('with both times');
  const time = start ?? end;
  if (time !== null && !/^\d{12,14}$/.test(time)) return fail(`at ${time}, which is not in milliseconds`);
  const most = query.get('nentries');
  if (most !== null && !(/^[1-9]\d*$/.test(most) && Number(most) <= mostEntries))
    return fail(`with nentries=${most}`);
  const job = state.jobs.find((one) => one.name === name && one.user === user);
  if (!job) return text('User does not have access to this job.', 403);
  if (state.controls.refuseLogs !== undefined)
    return json({ success: false, reason: state.controls.refuseLogs });
  const size = Math.min(state.controls.pageSize, Number(most ?? mostEntries));
  const all = pageOf(state, job, { start, end, id: query.get('event_id'), size });
  return state.controls.plainLogs ? json(all) : json(JSON.stringify(all));
}

interface Where {
  readonly start: string | null;
  readonly end: string | null;
  readonly id: string | null;
  readonly size: number;
}

function pageOf(state: State, job: DoubleJob, { start, end, id, size }: Where): readonly unknown[] {
  const entries = entriesOf(job);
  const length = visible(state, entries);
  let [from, to] = [Math.max(0, length - size), length];
  if (end !== null) {
    to = Math.min(length, placeOf(state, entries, Number(end), id));
    from = Math.max(0, to - size);
  }
  if (start !== null) {
    const at = placeOf(state, entries, Number(start), id);
    from = Math.min(length, id === null ? after(entries, Number(start)) : at + 1);
    to = Math.min(length, from + size);
  }
  const page: unknown[] = from === 0 && start === null ? [top] : [];
  for (let index = from; index < to; index++) {
    const entry = entries.at(index);
    if (entry) page.push(told(state, job, entry));
  }
  const { ended } = job;
  const isOver = ended !== undefined && now(state) - ended >= state.controls.logLagMs;
  if (isOver && to === length && end === null) page.push(bottom);
  return page;
}

/** Number of entries that are already in the pages. */
function visible(state: State, entries: Entries): number {
  let { length } = entries;
  const until = now(state) - state.controls.logLagMs;
  if (state.controls.logLagMs > 0) while ((entries.at(length - 1)?.ms ?? 0) > until) length--;
  return length;
}

/** The index of the entry with this id, else of the first one that is not before this time. */
function placeOf(state: State, entries: Entries, time: number, id: string | null): number {
  if (id === null) return after(entries, time - 1);
  const index = /^\d+$/.test(id) ? Number(id) - 1 : -1;
  const entry = entries.at(index);
  if (!entry) violate(state, `get_logs from the unknown entry ${id}`, '5.1');
  else if (entry.ms !== time)
    violate(state, `get_logs at ${String(time)}, but the entry ${id} is of ${String(entry.ms)}`, '5.1');
  return entry ? index : after(entries, time - 1);
}

/** The index of the first entry after this time. */
function after(entries: Entries, time: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries.at(middle)?.ms ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
