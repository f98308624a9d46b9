import fc from "fast-check";
import { evaluateTrustPolicy, traceTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import type { PolicyDocument, Statement } from "../../iam/policy-types";
import { roleSession } from "../../iam/principals";
import { ANY_SERVICE_ACCOUNT, serviceAccountSubject, trustPolicy } from "../../iam/trust-policy";
import { PolicyError } from "../../iam/trust-policy-shape";
import { FULL } from "../test-if";

const issuer = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
const other = "https://oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const provider = (url: string) => `arn:aws:iam::123456789012:oidc-provider/${url.slice("https://".length)}`;
const claims = { sub: "system:serviceaccount:z1-prod:app", aud: ["sts.amazonaws.com"] };

const request = (token: Record<string, unknown>, from = issuer) => ({
  providerArn: provider(from),
  context: webIdentityContext(from, token, "session"),
});

const ask = (document: PolicyDocument, token: Record<string, unknown> = claims, from = issuer) =>
  evaluateTrustPolicy(document, request(token, from));

const allow: Statement = {
  Effect: "Allow",
  Principal: { Federated: provider(issuer) },
  Action: "sts:AssumeRoleWithWebIdentity",
};
const policy = (...statements: unknown[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements as Statement[],
});

describe("decisions", () => {
  test("returns the statement that allows the request", () => {
    const decision = ask(policy({ ...allow, Principal: { Service: "ec2.amazonaws.com" } }, { ...allow, Sid: "Pod" }));
    expect(decision).toMatchObject({ outcome: "allow", statement: 1, sid: "Pod" });
  });

  test.each([[0], [1]])("a matching Deny at index %i overrides an Allow", (place) => {
    const deny = { ...allow, Effect: "Deny" };
    const statements = place === 0 ? [deny, allow] : [allow, deny];
    expect(ask(policy(...statements))).toMatchObject({ outcome: "deny", statement: place });
  });

  test("traces every element that prevents a statement from matching", () => {
    const matching = { ...allow, Condition: { StringEquals: { [`${issuer.slice(8)}:aud`]: "sts.amazonaws.com" } } };
    const other: unknown = {
      ...allow,
      Principal: { Service: "ec2.amazonaws.com" },
      Condition: {
        StringEquals: { [`${issuer.slice(8)}:sub`]: "system:serviceaccount:z*:app" },
        Bool: { "aws:MultiFactorAuthPresent": "true" },
      },
    };
    const document = policy(matching, other);
    expect(traceTrustPolicy(document, request(claims))).toEqual([
      { index: 0, statement: matching, mismatches: [] },
      {
        index: 1,
        statement: other,
        mismatches: [
          {
            element: "Principal",
            expected: ["Service ec2.amazonaws.com"],
            actual: [`Federated ${provider(issuer)}`],
          },
          {
            element: "Condition",
            operator: "StringEquals",
            key: `${issuer.slice(8)}:sub`,
            expected: ["system:serviceaccount:z*:app"],
            actual: ["system:serviceaccount:z1-prod:app"],
          },
          {
            element: "Condition",
            operator: "Bool",
            key: "aws:MultiFactorAuthPresent",
            expected: ["true"],
            actual: undefined,
          },
        ],
      },
    ]);
    expect(ask(policy(other))).toEqual({ outcome: "no-match" });
  });

  test("accepts a statement that is not in a list", () => {
    expect(ask({ Version: "2012-10-17", Statement: allow }).outcome).toBe("allow");
  });
});

describe("actions", () => {
  test.each([
    ["sts:AssumeRoleWithWebIdentity", true],
    ["STS:assumerolewithwebidentity", true],
    ["sts:*", true],
    ["*", true],
    ["sts:Assume*", true],
    ["sts:AssumeRole", false],
    ["sts:AssumeRoleWithSAML", false],
  ])("matches %s: %s", (action, matches) => {
    expect(ask(policy({ ...allow, Action: action })).outcome).toBe(matches ? "allow" : "no-match");
    const { Action: _, ...rest } = allow;
    expect(ask(policy({ ...rest, NotAction: [action] })).outcome).toBe(matches ? "no-match" : "allow");
  });

  test("evaluates the action of the request", () => {
    const request = { action: "sts:TagSession", providerArn: provider(issuer), context: {} };
    expect(evaluateTrustPolicy(policy(allow), request).outcome).toBe("no-match");
  });
});

describe("principals", () => {
  test.each<[unknown, boolean]>([
    ["*", true],
    ["somebody", false],
    [{ AWS: "*" }, true],
    [{ AWS: ["123456789012", "*"] }, true],
    [{ AWS: "arn:aws:iam::123456789012:root" }, false],
    [{ Federated: "*" }, true],
    [{ Federated: provider(issuer) }, true],
    [{ Federated: [provider(other), provider(issuer)] }, true],
    [{ Federated: provider(other) }, false],
    [{ Federated: provider(issuer).toLowerCase() }, false],
    [{ Federated: "arn:aws:iam::123456789012:oidc-provider/*" }, false],
    [{ Service: "ec2.amazonaws.com" }, false],
    [{ CanonicalUser: "x", Federated: provider(issuer) }, true],
  ])("matches %j: %s", (principal, matches) => {
    expect(ask(policy({ ...allow, Principal: principal })).outcome).toBe(matches ? "allow" : "no-match");
  });
});

test("replaces policy variables in version 2012-10-17 only", () => {
  const statement = { ...allow, Condition: { StringEquals: { "sts:RoleSessionName": "${sts:RoleSessionName}" } } };
  expect(ask(policy(statement)).outcome).toBe("allow");
  expect(ask({ Version: "2008-10-17", Statement: statement }).outcome).toBe("no-match");
  expect(ask({ Statement: statement }).outcome).toBe("no-match");
});

test("creates condition keys only for claims that are strings or lists of strings", () => {
  const context = webIdentityContext(issuer, { sub: 5, aud: [], azp: ["a", 1], amr: ["x"], email: "e" });
  const host = issuer.slice(8).toLowerCase();
  expect(Object.keys(context)).toEqual([`${host}:amr`, `${host}:email`]);
});

describe("documents that are not trust policies", () => {
  test.each<[unknown, string]>([
    [undefined, "not a JSON object"],
    [null, "not a JSON object"],
    ["{}", "not a JSON object"],
    [[], "not a JSON object"],
    [{}, "Statement"],
    [{ Statement: [] }, "Statement"],
    [{ Statement: ["x"] }, "Statement[0]"],
    [{ Statement: { ...allow, Effect: "allow" } }, "Effect"],
    [{ Statement: { Effect: "Allow", Principal: "*" } }, "Action"],
    [{ Statement: { ...allow, NotAction: "x" } }, "Action"],
    [{ Version: "2012-10-18", Statement: allow }, "Version"],
    [{ Statement: allow, Statements: [] }, "Statements"],
    [{ Statement: { ...allow, Resource: "*" } }, "Statement[0].Resource"],
    [{ Statement: { Effect: "Allow", Action: "*", NotPrincipal: "*" } }, "NotPrincipal"],
    [{ Statement: { ...allow, NotPrincipal: { AWS: "*" } } }, "NotPrincipal"],
    [{ Statement: { Effect: "Allow", Action: "*" } }, "Principal"],
    [{ Statement: { ...allow, Principal: {} } }, "Principal"],
    [{ Statement: { ...allow, Action: [] } }, "Statement[0].Action"],
    [{ Statement: { ...allow, Action: 5 } }, "Statement[0].Action"],
    [{ Statement: { ...allow, Principal: 5 } }, "Statement[0].Principal"],
    [{ Statement: { ...allow, Principal: { federated: "x" } } }, "federated"],
    [{ Statement: { ...allow, Principal: { Federated: [1] } } }, "Federated"],
    [{ Statement: { ...allow, Condition: [] } }, "Condition"],
    [{ Statement: { ...allow, Condition: { StringEquals: "x" } } }, "StringEquals"],
    [{ Statement: { ...allow, Condition: { StringEquals: { x: {} } } } }, "StringEquals.x"],
    [{ Statement: { ...allow, Condition: { StringEquals: { x: [] } } } }, "StringEquals.x"],
    [{ Statement: { ...allow, Condition: { StringMatches: { x: "y" } } } }, "StringMatches"],
    [{ Statement: { ...allow, Condition: { NumericEquals: { x: ["1", "0x10"] } } } }, "NumericEquals.x"],
    [{ Statement: { ...allow, Condition: { DateLessThan: { x: "March 7" } } } }, "DateLessThan.x"],
    [{ Statement: { ...allow, Condition: { IpAddress: { x: "" } } } }, "IpAddress.x"],
    [{ Statement: { ...allow, Condition: { Null: { x: "yes" } } } }, "Null.x"],
  ])("rejects %j and names %s", (document, where) => {
    const evaluate = () => evaluateTrustPolicy(document as PolicyDocument, { providerArn: "", context: {} });
    expect(evaluate).toThrow(PolicyError);
    expect(evaluate).toThrow(where);
  });
});

describe("only declared subjects can assume a role", () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?$/);
  const hostile = fc.constantFrom("*", "?", "z*", "a:b", "", " ", "\n", "${*}", "ſ", "é", "system");
  const part = fc.oneof({ weight: 3, arbitrary: label }, hostile);

  /** A name and similar names. */
  const near = (name: string) =>
    fc.oneof(
      fc.constantFrom(
        name,
        `${name}-x`,
        `x-${name}`,
        name.slice(1),
        name.slice(0, -1),
        name.toUpperCase(),
        `${name} `,
        `${name}\n`,
        `${name}*`,
        `${name}:${name}`,
      ),
      part,
    );

  const declared = fc.record({ namespace: label.map((text) => `z${text}`), account: label });
  const audience = fc.oneof(
    { weight: 4, arbitrary: fc.constant<unknown>(["sts.amazonaws.com"]) },
    fc.constantFrom<unknown>("sts.amazonaws.com", ["x"], [], "sts.amazonaws.com.cn", "STS.amazonaws.com", undefined, [
      "x",
      "sts.amazonaws.com",
    ]),
  );
  const token = declared.chain((role) =>
    fc.record({
      role: fc.constant(role),
      namespace: near(role.namespace),
      account: near(role.account),
      aud: audience,
      from: fc.oneof({ weight: 4, arbitrary: fc.constant(issuer) }, fc.constant(other)),
    }),
  );

  const scopes = {
    exact: ({ namespace, account }: { namespace: string; account: string }) => ({
      subjects: [serviceAccountSubject(namespace, account)],
      match: "exact" as const,
    }),
    pattern: ({ account }: { account: string }) => ({
      subjects: [serviceAccountSubject("z*", account)],
      match: "pattern" as const,
    }),
    any: () => ({ subjects: [ANY_SERVICE_ACCOUNT], match: "pattern" as const }),
  };

  test.each(["exact", "pattern", "any"] as const)("with a trust of kind %s", (scope) => {
    fc.assert(
      fc.property(token, ({ role, namespace, account, aud, from }) => {
        const document = trustPolicy([{ providerArn: provider(issuer), issuer, ...scopes[scope](role) }]);
        const sub = serviceAccountSubject(namespace, account);
        const subjectPasses = {
          exact: sub === serviceAccountSubject(role.namespace, role.account),
          // Does not use the matcher under test: the two ends of the subject must not overlap.
          pattern:
            sub.startsWith("system:serviceaccount:z") &&
            sub.slice("system:serviceaccount:z".length).endsWith(`:${role.account}`),
          any: true,
        }[scope];
        const audiencePasses = ([] as unknown[]).concat(aud).includes("sts.amazonaws.com");
        const expected = from === issuer && audiencePasses && subjectPasses ? "allow" : "no-match";
        expect(ask(document, { sub, aud }, from).outcome).toBe(expected);
      }),
      { numRuns: FULL ? 4000 : 1000 },
    );
  });
});

describe("callers of AssumeRole", () => {
  const role = "arn:aws:iam::123456789012:role/team/deployer";
  const session = "arn:aws:sts::123456789012:assumed-role/deployer/run";
  const assume = (Principal: unknown, Condition?: unknown) =>
    evaluateTrustPolicy(
      policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition ? { Condition } : {}) }),
      {
        action: "sts:AssumeRole",
        caller: roleSession(role, session),
        context: { "aws:PrincipalArn": role },
      },
    ).outcome;

  test.each<[unknown, boolean]>([
    ["*", true],
    [{ AWS: "*" }, true],
    [{ AWS: role }, true],
    [{ AWS: session }, true],
    [{ AWS: "123456789012" }, true],
    [{ AWS: ["arn:aws:iam::123456789012:root"] }, true],
    [{ AWS: "arn:aws:iam::123456789012:role/deployer" }, false],
    [{ AWS: "arn:aws:iam::123456789012:role/team/*" }, false],
    [{ AWS: "arn:aws:iam::210987654321:root" }, false],
    [{ Federated: "*" }, false],
    [{ Service: "ec2.amazonaws.com" }, false],
  ])("a session of a role is principal %j: %s", (principal, matches) => {
    expect(assume(principal)).toBe(matches ? "allow" : "no-match");
  });

  test("have the condition keys of the request only", () => {
    const arn = (value: string) => ({ ArnLike: { "aws:PrincipalArn": value } });
    expect(assume({ AWS: "*" }, arn("arn:aws:iam::123456789012:role/team/*"))).toBe("allow");
    expect(assume({ AWS: "*" }, arn("arn:aws:iam::210987654321:role/team/*"))).toBe("no-match");
    expect(assume({ AWS: "*" }, { Null: { "aws:FederatedProvider": "false" } })).toBe("no-match");
  });
});
