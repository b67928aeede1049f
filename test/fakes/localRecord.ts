import type { LocalJobRecord } from '../../src/backends/local/record.js';

/** The record of a local shell script that was submitted long ago. */
export const localRecord: LocalJobRecord = {
  version: 1,
  name: 'n',
  work: 'script',
  script: 'a.sh',
  args: [],
  env: {},
  options: {},
  submitted: 1,
  program: '/bin/sh',
  programArgs: [],
  graceMs: 1,
};
