import { execute } from "../../commands/lib/command";
import { localAws } from "../../commands/local-aws";
import { localPod } from "../../commands/local-pod";

// Mistakes that local-aws and local-pod report before they start anything.

async function run(command: Parameters<typeof execute>[0], args: string[], env: Record<string, string>) {
  const before = { ...process.env };
  Object.assign(process.env, env);
  let error = "";
  const print = (text: string) => {
    error += text;
  };
  const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
    error += String(text);
    return true;
  });
  try {
    const code = await execute(command, args, { out: print, error: print, signal: new AbortController().signal });
    return { code, error };
  } finally {
    write.mockRestore();
    process.env = before;
  }
}

const READER = ["--namespace", "z7f3a2b1c-production", "--service-account", "my-s3-role"];

test.each<[string[], Record<string, string>, number, string]>([
  [[], {}, 2, "--namespace and --service-account"],
  [[...READER, "--variable", "x"], {}, 2, "expected NAME=VALUE"],
  [READER, { IRSA_CONFIG: "/none/irsa.yaml" }, 1, "/none/irsa.yaml"],
])("local-pod rejects %j with %j", async (args, env, code, message) => {
  expect(await run(localPod, args, env)).toEqual({ code, error: expect.stringContaining(message) });
});

test.each<[string[], string]>([
  [["--port", "x"], "expected a port number"],
  [["--port", ""], "expected a port number"],
  [["--port", "65536"], "expected a port number"],
  [["--jwks", "x"], "expected ISSUER=FILE"],
  [["--jwks", "https://a=/none"], "/none cannot be read"],
  [["--jwks", "https://a=package.json"], "is not a JWKS"],
])("local-aws rejects %j", async (args, message) => {
  expect(await run(localAws, args, {})).toEqual({ code: 2, error: expect.stringContaining(message) });
});
