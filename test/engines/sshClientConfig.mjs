/**
 * @typedef {{ port: number, passwordPort: number, onePort: number, tenPort: number }} Ports the ports of a
 *   server
 */

/**
 * The SSH configuration for the hosts of a test server; see `SshHost.config`.
 *
 * @param {string} dir
 * @param {Ports} ports
 * @param {string} ordinary the name of the ordinary user
 * @returns {string}
 */
export function clientConfig(dir, { port, passwordPort, onePort, tenPort }, ordinary) {
  const host = (
    /** @type {string} */ name,
    /** @type {string} */ user,
    /** @type {string} */ key,
    at = port,
  ) =>
    [
      `Host ${name}`,
      '  HostName 127.0.0.1',
      `  Port ${key === 'none' ? passwordPort : at}`,
      `  User ${user}`,
      `  IdentityFile ${key === 'none' ? key : `${dir}/client/${key}`}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${dir}/known_hosts`,
      '  GlobalKnownHostsFile /dev/null',
      '  StrictHostKeyChecking yes',
      '',
    ].join('\n');
  return [
    host('ci-user', ordinary, 'id'),
    host('ci-root', 'root', 'id'),
    host('ci-locked', ordinary, 'locked'),
    host('ci-stranger', ordinary, 'stranger'),
    host('ci-password', ordinary, 'none'),
    host('ci-one', ordinary, 'id', onePort),
    host('ci-ten', ordinary, 'id', tenPort),
    host('ci-odd', ordinary, 'id'),
    ...[
      'SessionType none',
      'StdinNull yes',
      'RequestTTY force',
      'RemoteCommand echo configured; exec sleep 60',
    ],
    ...[
      'ForkAfterAuthentication yes',
      'ControlMaster auto',
      'ControlPersist yes',
      `ControlPath ${dir}/own-%h`,
    ],
    ...['PermitLocalCommand yes', `LocalCommand touch ${dir}/local-command`, 'LogLevel QUIET'],
    ...[
      'LocalForward 127.0.0.1:1 127.0.0.1:2',
      'ExitOnForwardFailure yes',
      'EscapeChar none',
      'BatchMode yes',
    ],
  ].join('\n');
}
