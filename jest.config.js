/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  modulePathIgnorePatterns: ["<rootDir>/(dist|coverage|cdktf.out|\\.local)/"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } },
    ],
  },
  collectCoverageFrom: [
    "config/**/*.ts",
    "iam/**/*.ts",
    "verifier/**/*.ts",
    "access/**/*.ts",
    "stacks/**/*.ts",
    "local/**/*.ts",
  ],
  coverageThreshold: {
    "./config/": { branches: 95 },
    "./iam/": { branches: 95 },
    "./verifier/": { branches: 95 },
  },
  testTimeout: 30_000,
};
