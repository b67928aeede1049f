// Maps a stack trace of the shipped extension to source lines, with the source maps of the last build:
//   npm run --silent stack < trace.txt
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, posix } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { program, root, Stop } from './run.mjs';

/** @type {(path: string) => SourceMap | undefined} */
const mapOf = (path) => {
  const file = join(root, 'dist', 'maps', `${path}.map`);
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
};

/**
 * @param {string} trace any text with positions such as `/a/dist/chunks/backend-ABC.js:1:234`
 * @param {(path: string) => SourceMap | undefined} [find] the map of a file in `dist`, by its path there
 * @returns {string} the same with each mapped position as `src/x.ts:12:3`
 */
export function readableStack(trace, find = mapOf) {
  return trace.replace(
    /(?:(?<=\()[^()\n]*|[^\s()]*)[\\/]dist[\\/]([\w-]+\.js|chunks[\\/][\w-]+\.js):(\d+):(\d+)/g,
    (place, /** @type {string} */ name, line, column) => {
      const path = name.replace('\\', '/');
      const found = find(path)?.findOrigin(Number(line), Number(column));
      if (!found || !('fileName' in found)) return place;
      const source = posix.join('dist', posix.dirname(path), found.fileName);
      return `${source}:${found.lineNumber}:${found.columnNumber}`;
    },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    if (!existsSync(join(root, 'dist', 'maps')))
      throw new Stop('No source maps found: run "npm run build" to create them for the checked-out version.');
    process.stdout.write(readableStack(await text(process.stdin)));
    return 0;
  });
}
