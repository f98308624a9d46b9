import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisPlatform } from "../../local/provider-mirror";
import { prepareProviders } from "../../local/terraform-providers";

const HOST = "registry.terraform.io";
const PACKAGE = `${HOST}/hashicorp/aws/5.100.0/${thisPlatform()}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "providers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Creates a program that stands in for Terraform. */
function terraform(script: string): string {
  const path = join(folder, "terraform");
  writeFileSync(path, `#!/bin/sh\necho run >>"${folder}/runs"\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const reachable = { isReachable: async () => true };
const unreachable = { isReachable: async () => false };
const prepared = () => join(folder, "local");

test("downloads the provider once if the registry answers", async () => {
  const program = terraform(`mkdir -p "$TF_PLUGIN_CACHE_DIR/${PACKAGE}"`);
  const sources = { ...reachable, folder: prepared() };
  const first = await prepareProviders(HOST, program, sources);
  expect(existsSync(join(first.mirror, PACKAGE))).toBe(true);
  expect(first.origin).toContain(HOST);
  expect(await prepareProviders(HOST, program, { ...unreachable, folder: prepared() })).toEqual(first);
  expect(readFileSync(join(folder, "runs"), "utf8")).toBe("run\n");
});

test("shows Terraform's output if the download fails, and keeps nothing", async () => {
  const program = terraform("echo no such provider >&2; exit 1");
  await expect(prepareProviders(HOST, program, { ...reachable, folder: prepared() })).rejects.toThrow(
    "no such provider",
  );
  expect(readdirSync(prepared())).toEqual([]);
});

test("links an accepted package if the registry does not answer, and again if the mirror moves", async () => {
  const mirrors = ["one", "two"].map((name) => join(realpathSync(folder), name));
  for (const mirror of mirrors) mkdirSync(join(mirror, PACKAGE), { recursive: true });
  const prepare = (mirror = "") => {
    const packages = async () => [{ mirror, name: PACKAGE }];
    return prepareProviders(HOST, "terraform", { ...unreachable, packages, folder: prepared() });
  };
  const { mirror, origin } = await prepare(mirrors[0]);
  expect(realpathSync(join(mirror, PACKAGE))).toBe(join(mirrors[0] ?? "", PACKAGE));
  expect(origin).toContain(mirrors[0]);
  rmSync(mirrors[0] ?? "", { recursive: true });
  expect((await prepare(mirrors[1])).origin).toContain(mirrors[1]);
});

test("names the Terraform CLI configuration if neither has the provider", async () => {
  const sources = { ...unreachable, packages: async () => [], folder: prepared() };
  await expect(prepareProviders(HOST, "terraform", sources)).rejects.toThrow("TF_CLI_CONFIG_FILE");
});
