import type { Script } from '../../src/core/domain/jobSpec.js';

/**
 * A job of a few simple commands: a shell script, and on Windows, which has no shell for scripts of its own, the same for
 * Node. Those of which it is not known what they are in Node stay a shell script there too.
 */
export function sh(text: string): Script {
  const inNode = process.platform === 'win32' ? text.trim().split(/\n|; /).map(toNode) : [undefined];
  if (inNode.includes(undefined)) return { name: 'job.sh', text };
  return { name: 'job.js', text: `const fs = require('node:fs');\n${inNode.join('\n')}\n` };
}

/** A command as Node has it; undefined: not known. */
function toNode(command: string): string | undefined {
  if (command === 'true' || command === '') return '';
  const [, words = '', file] = /^echo ([\w -]*?)(?: >([\w.]+))?$/.exec(command) ?? [];
  if (file !== undefined) return `fs.writeFileSync('${file}', '${words}\\n');`;
  if (words !== '') return `console.log('${words}');`;
  const [, seconds] = /^(?:exec )?sleep ([\d.]+)$/.exec(command) ?? [];
  return seconds && `setTimeout(() => {}, ${seconds} * 1000);`;
}
