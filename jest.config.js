/** Packages that are published as ES modules only. Jest runs CommonJS, so it has to transform them. */
const ES_MODULES = ["jose"];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  modulePathIgnorePatterns: ["<rootDir>/(dist|coverage|cdktf.out|\\.local)/"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.[jt]s$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!.*/node_modules/)(?!(?:${ES_MODULES.join("|")})/)`],
  collectCoverageFrom: [
    "config/**/*.ts",
    "iam/**/*.ts",
    "verifier/**/*.ts",
    "access/**/*.ts",
    "deployer/**/*.ts",
    "stacks/**/*.ts",
    "local/**/*.ts",
  ],
  coverageThreshold: {
    "./config/": { branches: 95 },
    "./iam/": { branches: 95 },
    "./verifier/": { branches: 95 },
  },
  // Most tests wait for other processes. Jest would leave one core idle.
  maxWorkers: "100%",
  testTimeout: 30_000,
};
