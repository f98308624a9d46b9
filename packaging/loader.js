// The main script of the executable: runs the scripts of the bundle, with V8's code caches of them, out of the executable.
"use strict";
const { writeSync } = require("node:fs");
const { versionText } = require("../verifier/pod/version");
const { runParts, takeBackFlags } = require("./parts.js");

const [, , argument, ...more] = process.argv;
if (argument === "--version" && more.length === 0) {
  // It is within the loader, so that it needs none of the parts.
  try {
    writeSync(1, `${versionText()}\n`);
  } catch {
    // Closed or broken: there is nobody to tell.
  }
  process.exit();
}

takeBackFlags();
const { getRawAsset } = require("node:sea");
runParts((name) => ({
  // The scripts are ASCII, which latin1 reads fastest.
  source: Buffer.from(getRawAsset(name)).latin1Slice(),
  cachedData: Buffer.from(getRawAsset(`${name}.cache`)),
}));
