import { cluster, sshServer } from '../engines/cluster.js';
import { behindSsh, placeOn, slurmSubject } from './slurm.js';
import { backendContract } from './suite.js';

backendContract('Slurm over ssh', async () => {
  const slurm = await cluster('accounting');
  const place = await placeOn(behindSsh(await sshServer(slurm)), '~/.batch-jobs');
  // An ordinary user: Slurm lets only administrators raise a limit.
  return { ...slurmSubject(place), mayExtend: false };
});
