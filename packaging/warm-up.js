// Runs the parts of the bundle as the executable's loader does and, where the run ends well, keeps V8's code cache of
// every function that it has called: node warm-up.js FOLDER reads FOLDER/*.cjs and writes FOLDER/*.cache.
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const [folder] = process.argv.splice(2, 1);
const scripts = new Map();

function load(part) {
  const source = readFileSync(join(folder, `${part}.cjs`), "latin1");
  const script = new Script(source, { filename: `${part}.cjs` });
  scripts.set(part, script);
  const module = { exports: {} };
  script.runInThisContext()(module.exports, (name) => (name === "./aws.cjs" ? load("aws") : require(name)), module);
  return module.exports;
}

process.on("exit", (code) => {
  if (code !== 0) return;
  for (const [part, script] of scripts) writeFileSync(join(folder, `${part}.cache`), script.createCachedData());
});
load("main");
