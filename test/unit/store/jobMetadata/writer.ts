import { createJobMetadataStore } from '../../../../src/store/jobMetadata/store.js';

/** Another program that changes the metadata of job 7: `writer.ts FOLDER NAME`. Each change has about 1,000 bytes. */
async function write(folder: string, name: string): Promise<void> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = createJobMetadataStore(folder, log);
  for (let at = 0; at < 60; at++)
    await store.update(
      { job: '7' },
      { set: { description: 'x'.repeat(1_000), properties: { [`${name}${String(at)}`]: at } } },
    );
}

void write(process.argv[2] ?? '', process.argv[3] ?? '');
