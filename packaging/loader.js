// The executable's main script: runs the bundle with V8's code cache.
// `node loader.js BUNDLE CACHE` runs the bundle without a cache and, if the run exits with 0, writes the cache of
// every function that the run called.
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { getRawAsset, isSea } = require("node:sea");
const { Script } = require("node:vm");

if (isSea()) {
  run(Buffer.from(getRawAsset("bundle")), Buffer.from(getRawAsset("cache")));
} else {
  const [bundle, cache] = process.argv.splice(2, 2);
  const script = run(readFileSync(bundle));
  process.on("exit", (code) => {
    if (code === 0) writeFileSync(cache, script.createCachedData());
  });
}

function run(bundle, cachedData) {
  // The bundle is ASCII. If V8 rejects the cache, it compiles the bundle.
  const source = `(function(require){${bundle.latin1Slice()}\n})`;
  const script = new Script(source, { filename: "verifier.cjs", cachedData });
  script.runInThisContext()(require);
  return script;
}
