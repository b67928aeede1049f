import type { Script } from '../../src/core/domain/jobSpec.js';

/**
 * A job of a few simple commands: a shell script, and on Windows, which has no built-in shell for scripts,
 * the equivalent for Node. Commands without a known equivalent stay a shell script there too.
 */
export function sh(text: string): Script {
  const inNode = process.platform === 'win32' ? text.trim().split(/\n|; /).map(toNode) : [undefined];
  if (inNode.includes(undefined)) return { name: 'job.sh', text };
  return { name: 'job.js', text: `const fs = require('node:fs');\n${inNode.join('\n')}\n` };
}

/** The Node equivalent of a command; undefined: none known. */
function toNode(command: string): string | undefined {
  if (command === 'true' || command === '') return '';
  const [, words = '', file] = /^echo ([\w -]*?)(?: >([\w.]+))?$/.exec(command) ?? [];
  if (file !== undefined) return `fs.writeFileSync('${file}', '${words}\\n');`;
  if (words !== '') return `console.log('${words}');`;
  const [, seconds] = /^(?:exec )?sleep ([\d.]+)$/.exec(command) ?? [];
  return seconds && `setTimeout(() => {}, ${seconds} * 1000);`;
}
