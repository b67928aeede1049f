import { runJob } from '../backends/local/runner.js';

// The process that runs a job on this machine: `jobRunner.js --batch-jobs-runner FOLDER`.
void runJob(process.argv[3] ?? '');
