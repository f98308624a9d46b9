// The executable's main script: runs the bundle with V8's code cache. `verifier --licenses` prints the licence texts.
// `node loader.js BUNDLE CACHE` runs the bundle without a cache and, if the run exits with 0, writes the cache of
// every function that the run called.
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { getAssetKeys, getRawAsset, isSea } = require("node:sea");
const { Script } = require("node:vm");

const asset = (name) => Buffer.from(getRawAsset(name));

if (!isSea()) {
  const [bundle, cache] = process.argv.splice(2, 2);
  const script = run(readFileSync(bundle));
  process.on("exit", (code) => {
    if (code === 0) writeFileSync(cache, script.createCachedData());
  });
} else if (process.argv[2] === "--licenses") {
  process.stdout.write(asset("notices"));
} else {
  // V8 can make a cache only on the executable's architecture.
  run(asset("bundle"), getAssetKeys().includes("cache") ? asset("cache") : undefined);
}

function run(bundle, cachedData) {
  // The bundle is ASCII. If V8 rejects the cache, it compiles the bundle.
  const source = `(function(require){${bundle.latin1Slice()}\n})`;
  const script = new Script(source, { filename: "verifier.cjs", cachedData });
  script.runInThisContext()(require);
  return script;
}
