import type { ShownRow } from './views.js';
import type { EditorServer } from './server.js';
import { jobName, jobNumbers } from './spool.js';
import { eventually } from './wait.js';
import type { Workbench } from './workbench.js';

/** Title of the view container. */
export const container = 'Batch Jobs';
/** Name of the view: alone in its container, it is shown with the container's title. */
export const jobsView = 'Batch Jobs';

/** Waits until the extension's menus and side bar are ready: shortly after the window is drawn. */
export async function ready(window: Workbench): Promise<void> {
  await window.views.activityItem(container).waitFor({ timeout: 30_000 });
}

/**
 * Waits until a job's row shows or speaks a text, such as its state, after the name. With several jobs of the same name: the newest,
 * which is first.
 */
export async function jobSays(window: Workbench, name: string, text: RegExp, ms = 30_000): Promise<ShownRow> {
  await window.views.open(container);
  let last: readonly ShownRow[] = [];
  return eventually(
    async () => {
      last = await window.views.shown(jobsView);
      const row = last.find(({ label }) => label === name);
      const told = row && [row.description, row.spoken.slice(row.spoken.indexOf(', ') + 2)];
      return told?.some((one) => text.test(one)) && row;
    },
    () => `the job ${name} does not show ${String(text)}; the rows are ${JSON.stringify(last)}`,
    ms,
  );
}

/**
 * Submits a script from the explorer, with the options last used for it, and waits for its row in the side
 * bar.
 *
 * @returns the job's ID
 */
export async function submitted(server: EditorServer, window: Workbench, script: string): Promise<string> {
  const before = newestJob(server, script);
  await window.views.open('Explorer');
  await window.menus.choose(window.views.file(script), 'Submit Script as Job');
  const id = await eventually(
    () => {
      const newest = newestJob(server, script);
      return newest !== before && newest;
    },
    () => `${script} does not become a job`,
  );
  await window.views.open(container);
  await window.views.row(jobsView, script).waitFor();
  return id;
}

const newestJob = (server: EditorServer, name: string): string | undefined =>
  [...jobNumbers(server)]
    .reverse()
    .find((number) => jobName(server, number) === name)
    ?.toString();

/** Accepts the wizard's proposals up to the review. */
export async function acceptUntilReview(window: Workbench): Promise<void> {
  const { quick } = window;
  let title = '';
  await eventually(
    async () => {
      const shown = await quick.title();
      if (shown.includes('Review')) return true;
      if (shown === title) return false;
      // The step before may still be closing: accepting the review instead would submit.
      await window.page.waitForTimeout(300);
      if ((await quick.title()) !== shown) return false;
      title = shown;
      await quick.accept();
      return false;
    },
    () => `the wizard does not reach its review but is at "${title}"`,
  );
}

/** Reaches the review for a connection: chooses it there, unless it already is. */
export async function reviewOn(window: Workbench, connection: string): Promise<void> {
  const { quick } = window;
  await acceptUntilReview(window);
  if ((await quick.title()).includes(` to ${connection}: `)) return;
  await quick.pick('Connection');
  await quick.titled(': Connection');
  await quick.pick(connection);
  await acceptUntilReview(window);
  await quick.titled(` to ${connection}: `);
}

/** The whole log of the job with this name as in the output channel, once it is not empty. */
export async function logOf(
  server: EditorServer,
  name: string,
  pattern: RegExp,
  ms?: number,
): Promise<string> {
  const channel = await eventually(
    () =>
      server
        .channels()
        .filter((one) => one.startsWith(`Job ${name} (`))
        .at(-1),
    () => `no output channel of a job ${name}; there are ${server.channels().join(', ')}`,
    ms,
  );
  await server.waitForChannel(channel, pattern, ms);
  return server.channel(channel);
}
