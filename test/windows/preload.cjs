// Operations that Wine only simulates fail here like on Windows without the permission, so that no test
// passes because of the simulation.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { Socket } = require('node:net');

/** Wine 8 creates no symbolic link, but reports success. */
function refuse() {
  const error = new Error('EPERM: operation not permitted, symlink');
  throw Object.assign(error, { code: 'EPERM', errno: -4048, syscall: 'symlink' });
}
fs.symlinkSync = refuse;
fs.promises.symlink = () => new Promise(refuse);

/** Wine 8 cannot set keep-alive, without which `fetch` does not even connect. */
Socket.prototype.setKeepAlive = function setKeepAlive() {
  return this;
};

syncBuiltinESMExports();
