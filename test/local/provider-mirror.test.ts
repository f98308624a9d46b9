import { chmodSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  acceptedPackages,
  type MirrorRules,
  packageHash,
  SYSTEM_MIRRORS,
  thisPlatform,
} from "../../local/provider-mirror";

const HOST = "registry.example";
const NAME = `${HOST}/acme/cloud/1.2.3/${thisPlatform()}`;

let top: string;
let mirror: string;
let program: string;
let rules: MirrorRules;
beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "mirror-"));
  mirror = join(top, "opt", "vendor", "mirror");
  mkdirSync(join(mirror, NAME, "docs"), { recursive: true, mode: 0o755 });
  program = join(mirror, NAME, "terraform-provider-cloud");
  writeFileSync(program, "a program", { mode: 0o755 });
  writeFileSync(join(mirror, NAME, "docs", "LICENSE"), "a licence", { mode: 0o644 });
  rules = {
    places: [join(top, "opt")],
    owner: lstatSync(top).uid,
    top,
    hashes: { [NAME]: await packageHash(join(mirror, NAME)) },
  };
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

test("accepts a protected package with the expected hash", async () => {
  expect(await acceptedPackages(HOST, rules)).toEqual([{ mirror, name: NAME }]);
});

/** Moves a folder away and puts a symbolic link in its place. */
function link(path: string): void {
  renameSync(path, `${top}/moved`);
  symlinkSync(`${top}/moved`, path);
}

test.each<[string, () => void]>([
  ["a place that everybody can write to", () => chmodSync(join(top, "opt"), 0o777)],
  ["the top that everybody can write to", () => chmodSync(top, 0o777)],
  ["a mirror that its group can write to", () => chmodSync(mirror, 0o775)],
  ["a version that everybody can write to", () => chmodSync(join(mirror, NAME, ".."), 0o757)],
  ["a program that everybody can write to", () => chmodSync(program, 0o777)],
  ["a folder of the package that everybody can write to", () => chmodSync(join(mirror, NAME, "docs"), 0o777)],
  ["a mirror of a different owner", () => Object.assign(rules, { owner: rules.owner + 1 })],
  ["a program that differs from the release", () => writeFileSync(program, "a different program")],
  ["an additional file", () => writeFileSync(join(mirror, NAME, "extra"), "")],
  ["a package without a known hash", () => Object.assign(rules, { hashes: {} })],
  ["a mirror that is a symbolic link", () => link(mirror)],
  ["a package that is a symbolic link", () => link(join(mirror, NAME))],
  ["a program that is a symbolic link", () => link(program)],
  ["a mirror more than two levels below a place", () => Object.assign(rules, { places: [top] })],
  ["a mirror outside the top", () => Object.assign(rules, { top: join(top, "elsewhere") })],
  ["a place that does not exist", () => Object.assign(rules, { places: [join(top, "none")] })],
])("rejects %s", async (_, change) => {
  change();
  expect(await acceptedPackages(HOST, rules)).toEqual([]);
});

test("hashes a package as Terraform does", async () => {
  // The value of golang.org/x/mod/sumdb/dirhash for the two files above.
  expect(await packageHash(join(mirror, NAME))).toBe("h1:WLCxAsrf1Ps0So4EMWwUPAvHXIQOptSRFiWT7VjV70I=");
});

test("searches system folders only, for packages of root", () => {
  expect(SYSTEM_MIRRORS).toMatchObject({ owner: 0, top: "/" });
  expect(SYSTEM_MIRRORS.places).toEqual(["/opt", "/usr/local", "/usr/share", "/var/lib"]);
});
