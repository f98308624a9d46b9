import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { evaluateTrustPolicy } from "../../iam/evaluate";
import { OPERATORS } from "../../iam/operators";
import { PolicyError } from "../../iam/trust-policy-shape";
import { FULL } from "../test-if";

const PROVIDER = "arn:aws:iam::123456789012:oidc-provider/issuer.example/id/A";
const KEYS = ["k1", "K1", "k2", "k3", "issuer.example/id/A:sub", "issuer.example/id/A:aud", "aws:FederatedProvider"];

const TEXTS = [
  ["a", "b", "ab", "A", "aXb", "", "*", "a*", "?b", "*:app", "é", "ſ", "a\nb", PROVIDER],
  [
    "${k1}",
    "${K2}",
    "${k2, 'ab'}",
    "${none , 'a'}",
    "${none}",
    "${*}",
    "a${?}",
    "${$}",
    "${}",
    "${a b}",
    "${k1",
    "x${k3}*",
  ],
  ["system:serviceaccount:z1:app", "system:serviceaccount:z*:app", "system:serviceaccount:*:*"],
  ["arn:aws:iam::123456789012:role/x", "arn:aws:iam::*:role/*", "arn:*:iam::123456789012:role/x:y", "arn:aws:*"],
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Numeric: ["5", "10", "1.5", "1.50", "-1", "+5", "007", "0x10", "1e3", "", " 5"],
  Date: [
    ...["2026", "2026-11", "2026-11-25", "2026-11-25T00:00:00Z", "2026-11-25T01:00+01:00", "1795564800", "1795564799"],
    ...["2026-11-24T23:59:59.5Z", "2024-02-29", "2025-02-29", "March 7", "2026-3-7", "2026-11-25T09:30", "", "-1"],
  ],
  Bool: ["true", "FALSE", "false", "yes", ""],
  Null: ["true", "false", "True", "no"],
  Ip: [
    "10.0.0.1",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "0.0.0.0/0",
    "10.0.0.0/33",
    "::1",
    "::/0",
    "2001:db8::/32",
    "1::2::3",
    "",
  ],
  NotIp: ["10.0.0.1", "10.0.0.0/8", "192.0.2.0/24", "10.0.0", "::ffff:10.0.0.1", "2001:DB8::1"],
  Binary: ["QQ==", "QUI=", "QUJD", "Q=", ""],
};
const ALL = [...TEXTS.flat(), ...Object.values(VALUES).flat()];

const rarely = <T>(usual: fc.Arbitrary<T>, weight: number, unusual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: weight - 1, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: unusual });
const oneOrMany = (member: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 3, arbitrary: member },
    { weight: 1, arbitrary: fc.array(member, { minLength: 1, maxLength: 3 }) },
  );
const junk = fc.constantFrom<unknown>(null, 5, 1.5, true, "", "x", [], {}, [null], { x: "y" });

const operator = rarely(
  fc
    .tuple(
      fc.constantFrom("", "", "", "ForAnyValue:", "ForAllValues:"),
      fc.constantFrom(...OPERATORS),
      fc.constantFrom("", "", "IfExists"),
    )
    .map(([set, name, ifExists]) => (name === "Null" ? name : `${set}${name}${ifExists}`)),
  60,
  fc.constantFrom("StringMatches", "stringEquals", "ForAnyValue:Null", "NullIfExists", "NotBinaryEquals", ""),
) as fc.Arbitrary<string>;

/** A condition whose values mostly have the operator's type. */
const condition = operator.chain((name) => {
  const base = name.replace(/^For\w+:/, "");
  const fitting = Object.entries(VALUES).find(([prefix]) => base.startsWith(prefix))?.[1] ?? TEXTS.flat();
  const value = rarely(fc.constantFrom(...fitting), 80, fc.oneof(junk, fc.constantFrom(...ALL)));
  const keys = rarely(fc.dictionary(fc.constantFrom(...KEYS), oneOrMany(value), { minKeys: 1, maxKeys: 2 }), 100, junk);
  return keys.map((block) => ({ [name]: block }));
});

const statement = fc
  .record({
    Effect: rarely(fc.constantFrom("Allow", "Allow", "Deny"), 100, junk),
    Principal: rarely(
      fc.constantFrom<unknown>(
        "*",
        { Federated: PROVIDER },
        { Federated: [PROVIDER, "x"] },
        { AWS: "*" },
        { Federated: "x" },
      ),
      30,
      fc.constantFrom<unknown>("x", {}, { federated: PROVIDER }, { Service: 5 }, { CanonicalUser: "x" }, []),
    ),
    action: fc.tuple(
      fc.constantFrom("Action", "Action", "Action", "NotAction"),
      rarely(
        oneOrMany(fc.constantFrom("sts:AssumeRoleWithWebIdentity", "STS:*", "*", "sts:AssumeRole", "s?s:*identity")),
        60,
        junk,
      ),
    ),
    Condition: fc.option(
      rarely(
        fc.array(condition, { minLength: 1, maxLength: 2 }).map((blocks) => Object.assign({}, ...blocks)),
        60,
        junk,
      ),
    ),
    extra: rarely(fc.constant({}), 60, fc.constantFrom<object>({ Resource: "*" }, { NotPrincipal: "*" }, { Sid: "A" })),
  })
  .map(({ action: [element, actions], Condition, extra, ...rest }) => ({
    ...rest,
    [element]: actions,
    ...(Condition === null ? {} : { Condition }),
    ...(extra as object),
  }));

const testCase = fc.record({
  policy: rarely(
    fc
      .tuple(
        rarely(
          fc.constantFrom<unknown>("2012-10-17", "2012-10-17", "2008-10-17", undefined),
          60,
          fc.constant("2012-10-18"),
        ),
        rarely(oneOrMany(rarely(statement, 100, junk)), 60, junk),
      )
      .map(([Version, Statement]) => ({ ...(Version === undefined ? {} : { Version }), Statement })),
    100,
    junk,
  ),
  provider: fc.constant(PROVIDER),
  context: fc.dictionary(
    fc.constantFrom(...KEYS.filter((key) => !["K1", "aws:FederatedProvider"].includes(key))),
    fc.oneof(fc.constantFrom(...ALL), fc.array(fc.constantFrom(...ALL), { maxLength: 3 })),
  ),
});

function decide({ policy, provider, context }: { policy: unknown; provider: string; context: object }): string {
  try {
    return evaluateTrustPolicy(policy as never, { providerArn: provider, context: context as never }).outcome;
  } catch (error) {
    if (error instanceof PolicyError) return "malformed";
    throw error;
  }
}

test("the evaluator agrees with an evaluator that is written from IAM's documentation", () => {
  const cases = fc.sample(testCase, FULL ? 100_000 : 600);
  const { stdout, stderr } = spawnSync("python3", ["-B", join(__dirname, "oracle.py")], {
    input: cases.map((one) => JSON.stringify(one)).join("\n"),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  expect(stderr).toBe("");
  const expected = stdout.trimEnd().split("\n");
  expect(expected).toHaveLength(cases.length);
  const differences = cases.flatMap((one, index) => {
    const actual = decide(one);
    return actual === expected[index] ? [] : [{ ...one, actual, expected: expected[index] }];
  });
  expect(differences.slice(0, 3)).toEqual([]);
  expect(new Set(expected)).toEqual(new Set(["allow", "deny", "no-match", "malformed"]));
}, 300_000);
