// Runs the scripts of the bundle and, where the run ends well, keeps V8's code cache of every function that it has called:
// node warm-run.js FOLDER reads FOLDER/*.js and writes FOLDER/*.js.cache. A script that the run did not load gets one as well.
"use strict";
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");
const { runParts } = require("./parts.js");

const [folder] = process.argv.splice(2, 1);
const scripts = new Map();
const read = (name) => ({ source: readFileSync(join(folder, name), "latin1") });

process.on("exit", (code) => {
  if (code !== 0) return;
  for (const name of readdirSync(folder)) {
    const script = scripts.get(name) ?? new Script(read(name).source, { filename: name });
    writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
  }
});
runParts(read, (name, script) => scripts.set(name, script));
