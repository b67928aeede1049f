// A process in place of VS Code's extension host: bundles folders like the extension and measures itself.
import { createFolderBundler } from '../../src/bundle/bundler.js';
import { answer, type Asked } from './packing.js';

const [, , program = '', temp = ''] = process.argv;
const bundler = createFolderBundler({ program, tempFolder: temp });

process.on('message', (asked: Asked) => {
  void answer(bundler, asked).then((found) => process.send?.(found));
});
process.on('disconnect', () => {
  process.exit();
});
