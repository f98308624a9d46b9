// The main script of the executable: runs the scripts of the bundle, with V8's code caches of them, out of the executable.
"use strict";

// V8 takes a code cache, Node's own as well, for the flags that it was made with alone: the flags of the start
// (executable.ts) go back to what they are by default. node:v8 would do it too, and take longer than the flags save.
process.noDeprecation = true;
const { setFlagsFromString } = process.binding("v8");
for (const flag of ["--rehash-snapshot", "--min-semi-space-size=0"]) setFlagsFromString(flag);
process.noDeprecation = false;

const { getRawAsset } = require("node:sea");
const { runParts } = require("./parts.js");

runParts((name) => ({
  // The scripts are ASCII, which latin1 reads fastest.
  source: Buffer.from(getRawAsset(name)).latin1Slice(),
  cachedData: Buffer.from(getRawAsset(`${name}.cache`)),
}));
