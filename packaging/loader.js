// The main script of the executable: runs the scripts of the bundle, with V8's code caches of them, out of the executable.
"use strict";
const { standardStream } = require("../verifier/standard-stream");
const { versionText } = require("../verifier/version");
const { runParts, takeBackFlags } = require("./parts.js");

const [, , argument, ...more] = process.argv;
if (argument === "--version" && more.length === 0) {
  // It is within the loader, so that it needs none of the parts.
  standardStream(1).write(`${versionText()}\n`);
  process.exit();
}

takeBackFlags();
const { getRawAsset } = require("node:sea");
runParts((name) => ({
  // The scripts are ASCII, which latin1 reads fastest.
  source: Buffer.from(getRawAsset(name)).latin1Slice(),
  cachedData: Buffer.from(getRawAsset(`${name}.cache`)),
}));
