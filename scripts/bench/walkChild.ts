// Walks a folder once with cold caches, like a packing thread, and prints the duration.
import { noGrafts } from '../../src/bundle/graft.js';
import { walkFolder } from '../../src/bundle/walk.js';

const start = performance.now();
const { found } = walkFolder(process.argv[2] ?? '', noGrafts);
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, paths: found.length }));
