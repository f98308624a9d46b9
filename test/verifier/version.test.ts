import { explains } from "../../verifier/checks/catalogue";
import { VERSION, versionText } from "../../verifier/pod/version";

afterEach(() => {
  for (const name of ["VERIFIER_COMMIT", "VERIFIER_SDK"]) Reflect.deleteProperty(globalThis, name);
});

test("--version shows the commit and the SDK of the package, or that they are unknown", () => {
  expect(versionText()).toContain(`${VERSION} (commit unknown,`);
  Object.assign(globalThis, { VERIFIER_COMMIT: "0123456789ab", VERIFIER_SDK: "3.0.0" });
  expect(versionText()).toMatch(/commit 0123456789ab, .*AWS SDK 3\.0\.0\)/);
});

test("a warning explains only the failures that the catalogue lists for it", () => {
  expect(explains("QV124", "QV503")).toBe(true);
  expect(explains("QV122", "QV501")).toBe(true);
  expect(explains("QV124", "QV301")).toBe(false);
  expect(explains("QV101", "QV301")).toBe(false);
});
