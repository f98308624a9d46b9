import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES } from "../commands/docs";

test.each(PAGES)("$path is current (npm run docs)", ({ path, render }) => {
  expect(render()).toBe(readFileSync(join(__dirname, "..", path), "utf8"));
});
