// The main script of the executable: takes each part of the bundle and V8's code cache of it out of the executable, when
// it is required. Plain JavaScript: Node reads it as it is.
"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

function load(part) {
  // The parts are ASCII, which latin1 reads fastest.
  const source = Buffer.from(getRawAsset(`${part}.cjs`)).latin1Slice();
  const cachedData = Buffer.from(getRawAsset(`${part}.cache`));
  // A cache that V8 does not take costs time and nothing else.
  const script = new Script(source, { filename: `${part}.cjs`, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, (name) => (name === "./aws.cjs" ? load("aws") : require(name)), module);
  return module.exports;
}

load("main");
