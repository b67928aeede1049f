// What Wine only pretends to do fails here, as Windows lets it fail where it may not be done: a test must not pass by it.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { Socket } = require('node:net');

/** Wine 8 makes no symbolic link, and says that it has. */
function refuse() {
  const error = new Error('EPERM: operation not permitted, symlink');
  throw Object.assign(error, { code: 'EPERM', errno: -4048, syscall: 'symlink' });
}
fs.symlinkSync = refuse;
fs.promises.symlink = () => new Promise(refuse);

/** Wine 8 cannot set how long a connection may be silent, for which `fetch` does not even connect. */
Socket.prototype.setKeepAlive = function setKeepAlive() {
  return this;
};

syncBuiltinESMExports();
