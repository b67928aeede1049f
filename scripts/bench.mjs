// npm run bench: measures the extension against comparable tools, alternating between them in one run.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { ensurePackages } from './prepare.mjs';
import { program, Stop } from './run.mjs';

/** @typedef {import('./bench/frame.mjs').Row} Row */
/** @typedef {import('./bench/frame.mjs').Context} Context */
/** @typedef {{ rows: (context: Context) => AsyncIterable<Row>, grows?: boolean }} Part */

/** Modules in bench/, in the order of the table. */
const names = ['bundle', 'gzip', 'host', 'rules', 'choosing', 'logs', 'tree', 'idle', 'start', 'package'];

const usage = `Usage: npm run bench -- [--json] [--growth] [--only PART[,PART…]]; parts: ${names.join(', ')}.
--growth also measures with a tenth and ten times the input.`;

function readArgs() {
  const options = /** @type {const} */ ({
    json: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    only: { type: 'string' },
  });
  try {
    const { values } = parseArgs({ options });
    const wanted = values.only?.split(',');
    const parts = names.filter((name) => wanted?.some((word) => name.includes(word)) ?? true);
    if (parts.length === 0) throw new Stop(usage);
    return { ...values, parts };
  } catch {
    throw new Stop(usage);
  }
}

/** @param {Row} row @returns {string} */
function line({ name, ours, peer, peerName, ratio, unit, target, met }) {
  const compared = `${text(ours)} ${unit}`.padStart(14) + ` | ${text(peer)} ${unit}`.padEnd(17);
  return `${met ? '  ' : '! '}${name.padEnd(62)}${compared}${`${text(ratio)} (at most ${target})`.padEnd(24)}${peerName}`;
}

/** @param {number} value */
const text = (value) => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

/**
 * The rows of these parts. A part that cannot be measured is reported and skipped.
 *
 * @param {readonly string[]} parts
 * @param {boolean} growth
 * @param {Omit<Context, 'scale' | 'temp'>} shared
 * @param {string} temp
 * @param {string[]} failed receives the names of parts that could not be measured
 */
async function* measured(parts, growth, shared, temp, failed) {
  for (const name of parts) {
    const part = /** @type {Part} */ (await import(`./bench/${name}.mjs`));
    for (const scale of growth && part.grows ? [0.1, 1, 10] : [1]) {
      const title = name + sizeText(scale);
      shared.say(`${title} …`);
      const own = join(temp, name);
      await mkdir(own);
      try {
        for await (const row of part.rows({ ...shared, scale, temp: own }))
          yield { ...row, name: row.name + sizeText(scale) };
      } catch (error) {
        failed.push(title);
        shared.say(`${title} could not be measured: ${error instanceof Stop ? error.message : error}`);
      } finally {
        await rm(own, { recursive: true, force: true, maxRetries: 3 });
      }
    }
  }
}

/** @param {number} scale */
const sizeText = (scale) => (scale === 1 ? '' : scale < 1 ? ` (1/${1 / scale})` : ` (× ${scale})`);

/** @param {string} temp @returns {Context['extension']} */
function extensionIn(temp) {
  /** @type {Promise<string> | undefined} */
  let built;
  const dist = join(temp, 'extension', 'dist');
  return () => (built ??= build(dist).then(() => dist));
}

void program(async () => {
  const { json, growth, parts } = readArgs();
  // Output of intermediate steps, such as an installation, is not part of the JSON.
  const print = console.log;
  console.log = console.error;
  const say = (/** @type {string} */ words) => console.error(words);
  await ensurePackages();
  const temp = await mkdtemp(join(tmpdir(), 'batch-jobs-bench-'));
  process.once('SIGINT', () => {
    void rm(temp, { recursive: true, force: true }).finally(() => process.exit(130));
  });
  try {
    /** @type {Row[]} */
    const rows = [];
    /** @type {string[]} */
    const failed = [];
    const shared = { say, extension: extensionIn(temp) };
    for await (const row of measured(parts, growth, shared, temp, failed)) {
      rows.push(row);
      if (!json) print(line(row));
    }
    if (json) print(JSON.stringify(rows, undefined, 2));
    return failed.length === 0 && rows.every(({ met }) => met) ? 0 : 1;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
});
