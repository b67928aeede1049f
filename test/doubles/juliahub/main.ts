// The stand-in as a program: prints its address, and what a client does against the reference.
import { parseArgs } from 'node:util';
import { startJuliaHub } from './double.js';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
const double = await startJuliaHub({ port: Number(values.port ?? 0) });
console.log(double.url);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    void double.end().then(() => {
      for (const violation of double.violations) console.error(`against the reference: ${violation}`);
      process.exit(0);
    });
  });
