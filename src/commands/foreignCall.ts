import { toOneLine } from '../lib/sanitize.js';
import type { CommandDeps } from './commandDeps.js';

/** A command on jobs, called with row ids. */
export type RowCommand<P> = (rows: readonly string[], ports: P) => Promise<void>;

/**
 * The same command for calls by a link or another extension, which can name any job: it confirms first and
 * lists the jobs. If no job is known, the command itself reports that or lets the user select one.
 */
export function confirmFirst<P extends Pick<CommandDeps, 'ui' | 'jobs'>>(
  title: string,
  run: RowCommand<P>,
): RowCommand<P> {
  return async (rows, ports) => {
    const { ui, jobs } = ports;
    const names = rows.flatMap((row) => {
      const target = jobs.find(row);
      return target
        ? [
            `${toOneLine(target.job.name)} (${toOneLine(target.job.id)}) on ${target.backend.connection.title}`,
          ]
        : [];
    });
    if (names.length > 0) {
      const shown = names.slice(0, 10);
      const rest = names.length - shown.length;
      const list = rest === 0 ? shown : [...shown, `and ${String(rest)} more`];
      const detail = 'This was requested by a link or another extension.';
      const answer = await ui.confirm(`${title}?`, `${detail}\n\n${list.join('\n')}`, [title]);
      if (answer !== title) return;
    }
    await run(rows, ports);
  };
}
