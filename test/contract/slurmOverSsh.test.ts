import { cluster, sshServer } from '../engines/cluster.js';
import { behindSsh, placeOn, slurmSubject } from './slurm.js';
import { backendContract } from './suite.js';

backendContract('Slurm over SSH', async () => {
  const slurm = await cluster('accounting');
  const place = await placeOn(behindSsh(await sshServer(slurm)), '~/.batch-jobs');
  // An ordinary user: only administrators can raise a limit in Slurm.
  return { ...slurmSubject(place), mayExtend: false };
});
