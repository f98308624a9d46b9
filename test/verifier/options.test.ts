import { parseOptions, UsageError } from "../../verifier/pod/options";
import { ROLE } from "./pod";

const DEFAULTS = {
  expect: "allowed",
  probe: { name: "s3:list-buckets" },
  waitMs: 0,
  timeoutMs: 30_000,
  output: "text",
  strict: false,
  allowEndpoint: false,
};

test("every option has a default", () => {
  expect(parseOptions([], {})).toEqual(DEFAULTS);
});

test.each<[string[], object]>([
  [["--expect", "denied"], { expect: "denied" }],
  [["--role-arn", ROLE], { roleArn: ROLE }],
  [["--issuer", "https://issuer.example/a"], { issuer: "https://issuer.example/a" }],
  [["--probe", "none"], { probe: { name: "none" } }],
  [["--probe=s3:list-buckets"], {}],
  [["--probe", "s3:bucket:acme-data"], { probe: { name: "s3:bucket", bucket: "acme-data" } }],
  [["--wait", "60s"], { waitMs: 60_000 }],
  [["--wait", "0s"], { waitMs: 0 }],
  [["--wait", "60m"], { waitMs: 3_600_000 }],
  [["--timeout", "100ms"], { timeoutMs: 100 }],
  [["--timeout", "2m"], { timeoutMs: 120_000 }],
  [["-o", "json"], { output: "json" }],
  [["--output", "text"], {}],
  [["--strict"], { strict: true }],
])("reads %j", (args, expected) => {
  expect(parseOptions(args, {})).toEqual({ ...DEFAULTS, ...expected });
});

test.each<[Record<string, string>, object]>([
  [{ IRSA_VERIFIER_EXPECT: "denied" }, { expect: "denied" }],
  [{ IRSA_VERIFIER_ROLE_ARN: ROLE }, { roleArn: ROLE }],
  [{ IRSA_VERIFIER_ISSUER: "https://i.example" }, { issuer: "https://i.example" }],
  [{ IRSA_VERIFIER_PROBE: "none" }, { probe: { name: "none" } }],
  [
    { IRSA_VERIFIER_WAIT: "5s", IRSA_VERIFIER_TIMEOUT: "6s" },
    { waitMs: 5000, timeoutMs: 6000 },
  ],
  [
    { IRSA_VERIFIER_OUTPUT: "json", IRSA_VERIFIER_STRICT: "true" },
    { output: "json", strict: true },
  ],
  [{ IRSA_VERIFIER_STRICT: "false", IRSA_VERIFIER_EXPECT: "" }, {}],
])("reads %j", (env, expected) => {
  expect(parseOptions([], env)).toEqual({ ...DEFAULTS, ...expected });
});

test("a flag takes precedence over its variable", () => {
  expect(
    parseOptions(["--expect", "allowed", "--strict"], {
      IRSA_VERIFIER_EXPECT: "denied",
      IRSA_VERIFIER_STRICT: "false",
    }),
  ).toMatchObject({ expect: "allowed", strict: true });
});

test.each([
  ["strict", "STRICT", "strict"],
  ["allow-endpoint", "ALLOW_ENDPOINT", "allowEndpoint"],
])("--%s and its negation override IRSA_VERIFIER_%s", (flag, variable, option) => {
  for (const on of [true, false]) {
    const env = { [`IRSA_VERIFIER_${variable}`]: String(!on) };
    expect(parseOptions([on ? `--${flag}` : `--no-${flag}`], env)).toMatchObject({ [option]: on });
    expect(parseOptions([], env)).toMatchObject({ [option]: !on });
  }
});

test.each(["EXPECT", "ROLE_ARN", "ISSUER", "PROBE", "WAIT", "TIMEOUT", "OUTPUT", "STRICT", "ALLOW_ENDPOINT"])(
  "the value of IRSA_VERIFIER_%s is described and not repeated",
  (name) => {
    const secret = "wJalrXUtnFEMI/K7MDENG";
    const read = () => parseOptions([], { [`IRSA_VERIFIER_${name}`]: secret });
    expect(read).toThrow(`IRSA_VERIFIER_${name} (${secret.length} characters)`);
    expect(read).not.toThrow(secret);
  },
);

test("--version and --help", () => {
  expect(parseOptions(["--version"], {})).toBe("version");
  expect(parseOptions(["--help", "--version"], {})).toBe("help");
  expect(parseOptions(["-h"], {})).toBe("help");
});

describe("a usage error is one line", () => {
  test.each<[string[], Record<string, string>, string]>([
    [["--expect", "maybe"], {}, '--expect "maybe"'],
    [[], { IRSA_VERIFIER_EXPECT: "maybe" }, "IRSA_VERIFIER_EXPECT (5 characters): expected allowed or denied"],
    [["--role-arn", "x"], {}, '--role-arn "x"'],
    [["--issuer", "http://x"], {}, '--issuer "http://x"'],
    [[], { IRSA_VERIFIER_ROLE_ARN: "secret" }, "IRSA_VERIFIER_ROLE_ARN (6 characters)"],
    [["--probe", "s3:bucket:A"], {}, "s3:bucket:NAME"],
    [["--probe", "s3"], {}, "--probe"],
    [["--wait", "5"], {}, "--wait"],
    [["--wait", "61m"], {}, "60"],
    [["--timeout", "99ms"], {}, "100"],
    [["--timeout", "-5s"], {}, "--timeout"],
    [["-o", "yaml"], {}, "yaml"],
    [[], { IRSA_VERIFIER_STRICT: "yes" }, "IRSA_VERIFIER_STRICT"],
    [["--nope"], {}, "--nope"],
    [["extra"], {}, "extra"],
    [["--wait"], {}, "--wait"],
  ])("%j %j", (args, env, message) => {
    expect(() => parseOptions(args, env)).toThrow(UsageError);
    expect(() => parseOptions(args, env)).toThrow(message);
    try {
      parseOptions(args, env);
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
    }
  });
});

test.each(["a..b", "192.168.0.1", "xn--bucket", "sthree-x", "b--x-s3", "b-s3alias", "b--ol-s3", "b.mrap"])(
  "rejects %s, which is not the name of a general purpose bucket",
  (bucket) => {
    expect(() => parseOptions(["--probe", `s3:bucket:${bucket}`], {})).toThrow(UsageError);
  },
);
