// Loads the scripts of the bundle when they are required, each once. Plain JavaScript: Node reads it as it is.
"use strict";

/**
 * Runs the bundle.
 * @param {(name: string) => { source: string, cachedData?: Buffer }} read gives a script, and V8's code cache of it
 * @param {(name: string, script: Script) => void} [onScript] is told of each that was loaded
 */
exports.runParts = (read, onScript) => {
  const { Script } = require("node:vm");
  const loaded = new Map();
  const load = (name) => {
    const known = loaded.get(name);
    if (known) return known.exports;
    const { source, cachedData } = read(name);
    // A cache that V8 does not take costs time and nothing else.
    const script = new Script(source, { filename: name, cachedData });
    onScript?.(name, script);
    const module = { exports: {} };
    loaded.set(name, module);
    script.runInThisContext()(module.exports, requirePart, module);
    return module.exports;
  };
  const requirePart = (name) => (name.startsWith("./") ? load(name.slice(2)) : require(name));
  load("main.js");
};

/**
 * Sets V8's flags of the start back to their defaults (executable.ts): V8 takes a code cache, Node's own as well,
 * for the flags that it was made with alone. node:v8 could do it too, and takes longer to load than the flags save.
 */
exports.takeBackFlags = () => {
  process.noDeprecation = true;
  const { setFlagsFromString } = process.binding("v8");
  for (const flag of process.execArgv) {
    if (/rehash|semi-space/.test(flag)) setFlagsFromString(flag.replace("--no-", "--").replace(/=\d+$/, "=0"));
  }
  process.noDeprecation = false;
};
