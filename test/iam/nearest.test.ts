import { nearest } from "../../iam/nearest";

const KEYS = ["namespace", "namespaces", "serviceAccount", "policies", "path", "tags"];

test.each([
  ["namspace", "namespace"],
  ["naemspace", "namespace"],
  ["namespacess", "namespaces"],
  ["serviceaccount", "serviceAccount"],
  ["ServiceAcount", "serviceAccount"],
  ["polices", "policies"],
  ["tag", "tags"],
  ["zzz", undefined],
  ["", undefined],
])("suggests for %j: %s", (word, meant) => {
  expect(nearest(word, KEYS)).toBe(meant);
});
