// Walks through a folder once, as cold as a packing thread does, and prints how long that took.
import { noGrafts } from '../../src/bundle/graft.js';
import { walkFolder } from '../../src/bundle/walk.js';

const start = performance.now();
const { found } = walkFolder(process.argv[2] ?? '', noGrafts);
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, paths: found.length }));
