// Logs of Local jobs: the end of a long log, a whole log, following a busy job, and resuming after a dropped
// connection.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { against, chance, inTurn, median, percentile, shell, times, within } from './frame.mjs';
import { startLogsHost } from './logsHost.mjs';

export const grows = true;

/** @typedef {import('./frame.mjs').Row} Row */
/** @typedef {import('./frame.mjs').Context} Context */
/** @typedef {Awaited<ReturnType<typeof startLogsHost>>} Host */

const megabyte = 1024 * 1024;

/** @param {Context} context @returns {AsyncGenerator<Row>} */
export async function* rows(context) {
  const file = join(context.temp, 'printed');
  await write(file, 1_000_000 * context.scale);
  const host = await startLogsHost(context);
  try {
    const { id = '' } = await host.ask({
      task: 'submit',
      script: 'exec cat "$1"',
      args: [file],
      ended: true,
    });
    yield* fromFile(host, id, file);
    yield* reconnecting(host, id);
    yield* following(host, context);
  } finally {
    host.end();
  }
}

/** @param {Host} host @param {string} id @param {string} file @returns {AsyncGenerator<Row>} */
async function* fromFile(host, id, file) {
  const screens = await inTurn({ ours: async () => (await host.ask({ task: 'screen', id })).ms });
  yield within('logs: the end of a finished log is shown', median(screens.ours), 100, 'ms');
  /** @type {number[]} */
  const grown = [];
  /** @type {number[]} */
  const blocked = [];
  const { ours, sed } = await inTurn({
    ours: async () => {
      const { ms, grownBytes, blockedMs } = await host.ask({ task: 'pass', id });
      grown.push(grownBytes / megabyte);
      blocked.push(blockedMs);
      return ms;
    },
    sed: () => shell(String.raw`sed -E 's/\x1b\[[0-9;]*m//g' "${file}"`, '.'),
  });
  yield against('logs: a whole log, without color codes', ours, {
    values: sed,
    name: 'sed',
    target: 3,
    unit: 'ms',
  });
  yield within('logs: memory above idle while reading a whole log', Math.max(...grown), 64, 'MiB');
  yield within('logs: event loop blocked while reading a whole log', median(blocked), 50, 'ms');
}

/** @param {Host} host @param {string} id @returns {AsyncGenerator<Row>} */
async function* reconnecting(host, id) {
  const { again = NaN } = await host.ask({ task: 'drops', id });
  yield within('logs: read again after drops every 50 000 lines', again, 0, 'characters');
}

/** Lines per second of the followed job, and its duration in seconds. */
const busy = { rate: 20_000, seconds: 20 };

/** Prints numbered lines with the time at a given rate, in chunks every 5 ms. */
const printer = `
const [rate, seconds] = process.argv.slice(2).map(Number);
const start = Date.now();
let number = 0;
(function print() {
  const now = Date.now();
  const due = Math.min(rate * seconds, Math.floor(((now - start) / 1000) * rate));
  let text = '';
  while (number < due) text += now + ' ' + number++ + ' a line of the usual length, as programs print it\\n';
  process.stdout.write(text);
  if (number < rate * seconds) setTimeout(print, 5);
})();
`;

/** @param {Host} host @param {Context} context @returns {AsyncGenerator<Row>} */
async function* following(host, { temp, scale, say }) {
  if (scale !== 1) return;
  say(`logs: following ${busy.rate} lines a second, ${times} times for ${busy.seconds} s`);
  const program = join(temp, 'printer.cjs');
  await writeFile(program, printer);
  const args = [process.execPath, program, String(busy.rate), String(busy.seconds)];
  const lines = busy.rate * busy.seconds;
  /** @type {{ wrong: number[], delay: number[], blocked: number[] }} */
  const all = { wrong: [], delay: [], blocked: [] };
  for (let round = 0; round < times; round++) {
    const { id = '' } = await host.ask({ task: 'submit', script: 'exec "$@"', args, ended: false });
    const seen = await host.ask({ task: 'follow', id, lines });
    all.wrong.push(seen.wrong ?? NaN);
    all.delay.push(percentile(seen.delays ?? [], 99));
    all.blocked.push(seen.blockedMs);
  }
  yield within('logs: following, lines lost or out of order', Math.max(...all.wrong), 0, 'lines');
  yield within('logs: following, delay of 99 % of lines', median(all.delay), 300, 'ms');
  yield within('logs: following, event loop blocked', median(all.blocked), 50, 'ms');
}

/** Writes a log of 100-byte lines, every tenth in color. @param {string} path @param {number} lines */
async function write(path, lines) {
  const random = chance(5);
  const file = createWriteStream(path);
  const letters = 'abcdefghijklmnopqrstuvwxyz     ';
  for (let line = 0; line < lines;) {
    let text = '';
    for (const end = Math.min(lines, line + 10_000); line < end; line++) {
      const coloured = line % 10 === 0;
      const begin = coloured ? '\u001b[1;32m' : '';
      const middle = Array.from({ length: 8 }, () => letters[Math.floor(random() * letters.length)]).join('');
      const words = `step ${line} ${middle} `.padEnd(coloured ? 88 : 99, middle);
      text += `${begin}${words}${coloured ? '\u001b[0m' : ''}\n`;
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
