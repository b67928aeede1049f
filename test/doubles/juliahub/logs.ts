import type { WebSocket } from 'ws';
import { json, text, type Asked, type Reply } from './http.js';
import type { Controls, DoubleJob, LogEntry, State } from './state.js';

const top = { _meta: true, end: 'top', message: '' };
const bottom = { _meta: true, end: 'bottom', message: '' };
const isOver = ({ ended }: DoubleJob): boolean => ended !== undefined;

/** An entry as it is told. Source: reference 5.1. */
function told({ id, ms, message, level, keywords }: LogEntry, { logTimes }: Controls): unknown {
  const iso = new Date(ms).toISOString();
  return {
    message,
    timestamp: logTimes === 'number' ? ms : logTimes === 'iso' ? iso : iso.replace('Z', ''),
    eventId: String(id),
    keywords: { jrun_thread_id: 1, jrun_worker_id: 1, ...keywords },
    metadata: level === undefined ? {} : { level, filepath: '/opt/juliahub/code.jl', line: 3, group: 'code' },
  };
}

/** Pages of a log. Source: reference 5.1. */
export function logRoute(state: State, user: string, asked: Asked): Reply {
  const { query } = asked;
  const name = query.get('jobname');
  if (name === null) return text('jobname is missing', 400);
  for (const [key, value] of [
    ['log_output_type', 'content'],
    ['log_out_type', 'json'],
  ] as const)
    if (query.get(key) !== value) state.violations.push(`get_logs without ${key}=${value} (5.1)`);
  const job = state.jobs.find((one) => one.name === name && one.user === user);
  if (!job) return text('User does not have access to this job.', 403);
  const [start, end] = [query.get('start_time'), query.get('end_time')];
  if (start !== null && end !== null) {
    state.violations.push('get_logs with both times (5.1)');
    return text('both times', 400);
  }
  const time = start ?? end;
  if (time !== null && !/^\d+$/.test(time))
    state.violations.push(`get_logs at ${time}: not milliseconds (5.1)`);
  const size = state.controls.pageSize;
  // What is there now: an answer does not grow while it is made.
  const entries = [...job.log];
  const at = entries.findIndex(({ id }) => String(id) === query.get('event_id'));
  if (time !== null && at < 0) state.violations.push('get_logs from an unknown entry (5.1)');
  if (time !== null && at >= 0 && Math.abs(Number(time) - (entries[at]?.ms ?? 0)) > 1)
    state.violations.push('get_logs: the time is not that of the entry (5.1)');
  let from = Math.max(0, entries.length - size);
  let to = entries.length;
  if (end !== null && at >= 0) {
    to = at;
    from = Math.max(0, at - size);
  }
  if (start !== null && at >= 0) {
    from = at + 1;
    to = Math.min(entries.length, from + size);
  }
  const page = entries.slice(from, to).map((entry) => told(entry, state.controls));
  const all = [
    ...(from === 0 && start === null ? [top] : []),
    ...page,
    ...(to === entries.length && end === null && isOver(job) ? [bottom] : []),
  ];
  return state.controls.plainLogs ? json(all) : json(JSON.stringify(all));
}

/** A log as it is written. Source: reference 5.3. */
export function stream(state: State, job: DoubleJob, offset: string | null, socket: WebSocket): void {
  // Without an offset: what comes from now on.
  let next = offset === null ? job.log.length + 1 : Number(offset) + 1;
  let sent = 0;
  const push = (): void => {
    for (const entry of job.log.slice(next - 1)) {
      next = entry.id + 1;
      socket.send(JSON.stringify(told(entry, state.controls)));
      const { dropSocketEvery } = state.controls;
      if (dropSocketEvery > 0 && ++sent % dropSocketEvery === 0) {
        socket.terminate();
        return;
      }
    }
    if (!isOver(job)) return;
    socket.send(JSON.stringify(bottom));
    socket.close(1000);
  };
  const alive = setInterval(() => {
    socket.send('');
  }, 500);
  socket.on('close', () => {
    clearInterval(alive);
    job.listeners.delete(push);
  });
  job.listeners.add(push);
  push();
}
