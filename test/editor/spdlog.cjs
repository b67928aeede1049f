// Replaces the compiled @vscode/spdlog in a VS Code server: VS Code writes its log files and all output
// channels through it. The same interface in plain JavaScript: every message is appended immediately, nothing
// rotates.
'use strict';
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');

const levels = /** @type {const} */ (['trace', 'debug', 'info', 'warning', 'error', 'critical']);

class Logger {
  /** @param {string} _kind @param {string} _name @param {string} file */
  constructor(_kind, _name, file) {
    this.file = file;
    this.least = levels.indexOf('info');
    this.bare = false;
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, '');
  }
  /** @param {number} level @param {string} message */
  put(level, message) {
    if (level < this.least) return;
    const stamp = new Date().toISOString().replace('T', ' ').replace('Z', '');
    appendFileSync(this.file, this.bare ? message : `${stamp} [${levels[level]}] ${message}\n`);
  }
  /** @param {string} message */ trace(message) {
    this.put(0, message);
  }
  /** @param {string} message */ debug(message) {
    this.put(1, message);
  }
  /** @param {string} message */ info(message) {
    this.put(2, message);
  }
  /** @param {string} message */ warn(message) {
    this.put(3, message);
  }
  /** @param {string} message */ error(message) {
    this.put(4, message);
  }
  /** @param {string} message */ critical(message) {
    this.put(5, message);
  }
  getLevel() {
    return this.least;
  }
  /** @param {number} level */ setLevel(level) {
    this.least = level;
  }
  /** Output channels are written unchanged, without time and level. */
  clearFormatters() {
    this.bare = true;
  }
  setPattern() {}
  flush() {}
  drop() {}
}

/** @param {string} name @param {string} file */
const create = (name, file) => Promise.resolve(new Logger('file', name, file));

// Each name separately: VS Code imports this as an ES module, and Node finds the names by reading these
// lines.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
