// The configuration of a small Slurm cluster on loopback, without systemd and cgroups. Source: slurm.conf(5).

/**
 * @typedef {object} Layout
 * @property {string} dir
 * @property {number} nodes
 * @property {boolean} accounting
 * @property {number} minJobAge seconds
 * @property {{ ctld: number, dbd: number, sql: number, nodes: readonly number[] }} ports
 * @property {string} version `22.05.8`
 */

/** @param {Layout} layout @param {string} other */
export const isAtLeast = ({ version }, other) => Number.parseFloat(version) >= Number.parseFloat(other);

/** @param {Layout} layout */
export function slurmConf({ dir, nodes, accounting, minJobAge, ports, ...rest }) {
  const layout = { dir, nodes, accounting, minJobAge, ports, ...rest };
  const socket = `${dir}/sock/munge.socket`;
  const usual = Array.from({ length: Math.max(1, nodes - 1) }, (_, at) => `n${at + 1}`).join(',');
  return lines([
    'ClusterName=ci',
    'SlurmctldHost=localhost(127.0.0.1)',
    `SlurmctldPort=${ports.ctld}`,
    'SlurmUser=slurm',
    'SlurmdUser=root',
    'AuthType=auth/munge',
    `AuthInfo=socket=${socket}`,
    'CredType=cred/munge',
    'CommunicationParameters=NoCtldInAddrAny,NoInAddrAny',
    `StateSaveLocation=${dir}/ctld`,
    `SlurmdSpoolDir=${dir}/d/%n`,
    `SlurmctldPidFile=${dir}/run/slurmctld.pid`,
    `SlurmdPidFile=${dir}/run/slurmd-%n.pid`,
    `SlurmctldLogFile=${dir}/log/slurmctld.log`,
    `SlurmdLogFile=${dir}/log/slurmd-%n.log`,
    'ProctrackType=proctrack/pgid',
    'TaskPlugin=task/none',
    'MpiDefault=none',
    'JobAcctGatherType=jobacct_gather/linux',
    'JobAcctGatherFrequency=1',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0',
    'DefMemPerCPU=64',
    'GresTypes=gpu',
    'SlurmdParameters=config_overrides',
    'ReturnToService=2',
    `MinJobAge=${minJobAge}`,
    'KillWait=2',
    'SlurmdTimeout=60',
    'InactiveLimit=0',
    'MaxArraySize=10001',
    'MaxJobCount=30000',
    ...(accounting
      ? [
          'AccountingStorageType=accounting_storage/slurmdbd',
          'AccountingStorageHost=127.0.0.1',
          `AccountingStoragePort=${ports.dbd}`,
          `AccountingStoragePass=${socket}`,
          ...(isAtLeast(layout, '21.08') ? ['AccountingStoreFlags=job_comment'] : []),
        ]
      : []),
    ...ports.nodes.map(
      (port, at) =>
        `NodeName=n${at + 1} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${port} CPUs=4 RealMemory=4000` +
        `${at === 0 ? ' Gres=gpu:2' : ''} State=UNKNOWN`,
    ),
    `PartitionName=debug Nodes=${usual} Default=YES MaxTime=INFINITE State=UP`,
    `PartitionName=short Nodes=${usual} MaxTime=00:01:00 State=UP`,
    `PartitionName=long Nodes=n${nodes} MaxTime=2-00:00:00 DefaultTime=01:00:00 State=UP`,
    `PartitionName=closed Nodes=n${nodes} MaxTime=INFINITE State=DOWN`,
  ]);
}

/** @param {Layout} layout */
export const cgroupConf = (layout) =>
  lines([isAtLeast(layout, '23.11') ? 'CgroupPlugin=disabled' : 'CgroupAutomount=no']);

/** Two simulated GPUs. */
export const gresConf = lines(['NodeName=n1 Name=gpu File=/dev/null', 'NodeName=n1 Name=gpu File=/dev/zero']);

/** @param {Layout} layout */
export const slurmdbdConf = ({ dir, ports }) =>
  lines([
    'AuthType=auth/munge',
    `AuthInfo=socket=${dir}/sock/munge.socket`,
    'DbdAddr=127.0.0.1',
    'DbdHost=localhost',
    `DbdPort=${ports.dbd}`,
    'CommunicationParameters=NoInAddrAny',
    'SlurmUser=slurm',
    `LogFile=${dir}/log/slurmdbd.log`,
    `PidFile=${dir}/run/slurmdbd.pid`,
    'StorageType=accounting_storage/mysql',
    'StorageHost=127.0.0.1',
    `StoragePort=${ports.sql}`,
    'StorageUser=slurm',
    'StoragePass=slurm',
    'StorageLoc=slurm_acct',
  ]);

/** @param {Layout} layout */
export const mariadbConf = ({ dir, ports }) =>
  lines([
    '[mariadbd]',
    'user=root',
    `datadir=${dir}/db`,
    `socket=${dir}/run/mysql.sock`,
    `pid-file=${dir}/run/mariadb.pid`,
    'bind-address=127.0.0.1',
    `port=${ports.sql}`,
    `log-error=${dir}/log/mariadb.log`,
    `tmpdir=${dir}/run`,
    'skip-name-resolve',
    'performance-schema=OFF',
    'innodb-buffer-pool-size=128M',
    'innodb-log-file-size=32M',
    'innodb-lock-wait-timeout=900',
    'innodb-flush-log-at-trx-commit=0',
  ]);

/** @param {readonly string[]} all */
function lines(all) {
  return `${all.join('\n')}\n`;
}
