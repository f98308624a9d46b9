// The main script of the executable: runs the scripts of the bundle, with V8's code caches of them, out of the executable.
"use strict";
const { runParts, takeBackFlags } = require("./parts.js");

takeBackFlags();
const { getRawAsset } = require("node:sea");
runParts((name) => ({
  // The scripts are ASCII, which latin1 reads fastest.
  source: Buffer.from(getRawAsset(name)).latin1Slice(),
  cachedData: Buffer.from(getRawAsset(`${name}.cache`)),
}));
