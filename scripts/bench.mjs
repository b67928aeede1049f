// npm run bench: our figures against what users would use instead, measured in turn in one run.
import { existsSync } from 'node:fs';
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
--growth also measures a tenth and ten times the input.`;

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

/** @param {readonly string[]} parts @param {boolean} growth @param {Omit<Context, 'scale' | 'temp'>} shared @param {string} temp */
async function* measured(parts, growth, shared, temp) {
  for (const name of parts) {
    const file = new URL(`bench/${name}.mjs`, import.meta.url);
    if (!existsSync(file)) continue;
    const part = /** @type {Part} */ (await import(file.href));
    for (const scale of growth && part.grows ? [0.1, 1, 10] : [1]) {
      shared.say(`${name}${sizeText(scale)} …`);
      const own = join(temp, name);
      await mkdir(own);
      try {
        for await (const row of part.rows({ ...shared, scale, temp: own }))
          yield { ...row, name: row.name + sizeText(scale) };
      } finally {
        await rm(own, { recursive: true, force: true });
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
  return () => (built ??= build(join(temp, 'extension', 'extension.js')));
}

void program(async () => {
  const { json, growth, parts } = readArgs();
  const say = (/** @type {string} */ words) => console.error(words);
  await ensurePackages();
  const temp = await mkdtemp(join(tmpdir(), 'batch-jobs-bench-'));
  process.once('SIGINT', () => {
    void rm(temp, { recursive: true, force: true }).finally(() => process.exit(130));
  });
  try {
    const rows = [];
    for await (const row of measured(parts, growth, { say, extension: extensionIn(temp) }, temp)) {
      rows.push(row);
      if (!json) console.log(line(row));
    }
    if (json) console.log(JSON.stringify(rows, undefined, 2));
    return rows.every(({ met }) => met) ? 0 : 1;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
});
