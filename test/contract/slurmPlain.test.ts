import { cluster } from '../engines/cluster.js';
import { hostOf, placeOn, slurmSubject } from './slurm.js';
import { backendContract } from './suite.js';

backendContract('Slurm without accounting', async () =>
  slurmSubject(await placeOn(hostOf(await cluster('plain')))),
);
