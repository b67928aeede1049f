// Starts the JuliaHub test server (test/doubles/juliahub) as a separate program.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root, Stop } from './run.mjs';

/**
 * @param {number} port 0: any free port
 * @returns {Promise<{ readonly url: string, readonly stop: () => void }>}
 */
export function startStandIn(port) {
  const program = join(root, 'test', 'doubles', 'juliahub', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, '--port', String(port)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Stop(`The JuliaHub test server exited unexpectedly (exit ${code ?? 'by a signal'}).`));
    });
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ part) => {
      text += part;
      const [url] = /http:\/\/[\w.:]+/.exec(text) ?? [];
      if (url !== undefined) resolve({ url, stop: () => void child.kill() });
    });
  });
}

/** The test server's connection, identical each time. */
const connectionId = 'juliahub-1';

/**
 * Adds the test server as a connection to the settings of a machine. Other settings and comments are
 * preserved, and the file is replaced atomically.
 *
 * @param {string} user @param {string} url
 */
export async function connectStandIn(user, url) {
  const folder = join(user, 'Machine');
  mkdirSync(folder, { recursive: true });
  const file = realPath(join(folder, 'settings.json'));
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const after = await withStandIn(before, url, file);
  if (after === before) return;
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, after, { flag: 'wx', mode: existsSync(file) ? statSync(file).mode : 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Resolves a link, so that it is not replaced by a file. @param {string} file */
function realPath(file) {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * @param {string} before @param {string} url @param {string} file
 * @returns {Promise<string>} the settings with the connection
 */
async function withStandIn(before, url, file) {
  // Imported here: this program starts before the packages are installed.
  const { applyEdits, modify, parse } = await import('jsonc-parser');
  const bom = before.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = before.slice(bom.length);
  /** @type {import('jsonc-parser').ParseError[]} */
  const errors = [];
  /** @type {unknown} */
  const read = text.trim() === '' ? {} : parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof read !== 'object' || read === null || Array.isArray(read))
    throw new Stop(`${file} is not a valid settings file. Correct it first.`);
  const settings = /** @type {Record<string, unknown>} */ (read);
  const connections = settings['batchJobs.connections'] ?? [];
  if (!Array.isArray(connections))
    throw new Stop(`"batchJobs.connections" in ${file} is not a list. Correct it first.`);
  const connection = {
    id: connectionId,
    kind: 'juliahub',
    title: 'JuliaHub (stand-in)',
    settings: { server: url },
  };
  const place = connections.findIndex((one) => isRecord(one) && one['id'] === connectionId);
  /** @type {readonly [import('jsonc-parser').JSONPath, unknown][]} */
  const changes = [
    [['batchJobs.juliahub.allowHttpOnLoopback'], true],
    settings['batchJobs.connections'] === undefined
      ? [['batchJobs.connections'], [connection]]
      : [['batchJobs.connections', place < 0 ? connections.length : place], connection],
  ];
  const formattingOptions = {
    insertSpaces: !/^\t/m.test(text),
    tabSize: 2,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  let after = text.trim() === '' ? '{}\n' : text;
  for (const [path, value] of changes) {
    const found = path.reduce(
      (at, step) => (isRecord(at) ? at[step] : undefined),
      /** @type {unknown} */ (settings),
    );
    if (JSON.stringify(found) !== JSON.stringify(value))
      after = applyEdits(after, modify(after, path, value, { formattingOptions }));
  }
  return bom + after;
}

/** @param {unknown} value @returns {value is Record<string | number, unknown>} */
const isRecord = (value) => typeof value === 'object' && value !== null;
