// Estimates pi by throwing darts at a square; prints its progress after each round.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const rounds = Number(process.env.ROUNDS ?? 15);
const darts = Number(process.env.DARTS ?? 20_000);

const history = ['round,estimate'];
let inside = 0;
let estimate = 0;
for (let step = 1; step <= rounds; step++) {
  for (let dart = 0; dart < darts; dart++) inside += Number(Math.random() ** 2 + Math.random() ** 2 <= 1);
  estimate = (4 * inside) / (step * darts);
  history.push(`${step},${estimate}`);
  console.log(`round ${step} of ${rounds}: pi is about ${estimate.toFixed(6)}`);
  await sleep(300);
}

// The content of this file becomes the job's result, and each file in this folder a result file; outside a
// job neither is set.
const { JULIAHUB_RESULTS_SUMMARY_FILE: summary, JULIAHUB_RESULTS_UPLOAD_DIR: folder } = process.env;
if (summary) writeFileSync(summary, JSON.stringify({ pi: estimate, darts: rounds * darts }));
if (folder) writeFileSync(join(folder, 'history.csv'), `${history.join('\n')}\n`);
