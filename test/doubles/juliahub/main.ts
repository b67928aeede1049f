// The stand-in as a program: prints its URL and, with --log, each request; when it ends, prints the
// violations.
import { parseArgs } from 'node:util';
import { startJuliaHub } from './double.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    prefix: { type: 'string', default: '' },
    julia: { type: 'string' },
    log: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const double = await startJuliaHub({
    port: Number(values.port),
    prefix: values.prefix,
    ...(values.julia === undefined ? {} : { julia: values.julia }),
    ...(values.log ? { onRequest: (line) => console.log(line) } : {}),
  });
  console.log(double.url);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void double.end().then(() => {
        for (const violation of double.violations) console.error(`protocol violation: ${violation}`);
        process.exit(0);
      });
    });
}

// As a program, this is a CommonJS module, without top-level await.
void main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
