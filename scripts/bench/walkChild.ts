// Walks a folder once with cold caches, like a packing thread, and prints the duration.
import { emptyOverlay } from '../../src/bundle/overlay.js';
import { walkFolder } from '../../src/bundle/walk.js';

const start = performance.now();
const { paths: found } = walkFolder(process.argv[2] ?? '', emptyOverlay);
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, paths: found.length }));
