import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { oidcProviderArn } from "../../iam/arn";
import { withIam } from "../../local/administrator";
import { type Fault, fault, type Setup } from "../../local/faults/fault";
import { FAULTS } from "../../local/faults/faults";
import * as names from "../../local/faults/sample-names";
import { inSituation, startWorld, type World } from "../../local/faults/world";
import { CODES } from "../../verifier/checks/catalogue";
import type { Report } from "../../verifier/report/report";
import { expectVerdict, reportOf, verify } from "./verdict";

// Each fix is followed once on the embedded AWS: the verdict becomes "proven", or the report names the next cause.

const READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const WAIT: Setup = { waitMs: 8000, attempts: 2 };

/** Removes a part of the setup, so that the pod has the default. */
const without = (...parts: (keyof Setup)[]): Setup => Object.fromEntries(parts.map((part) => [part, undefined]));

interface Followed {
  /** @default - the first fault of the corpus with the code */
  readonly broken?: Fault;
  /** Follows the fix of the report. Returns the changes to the setup. */
  readonly follow: (world: World, report: Report, broken: Fault) => Promise<Setup> | Setup;
  /** The code that remains after the fix. @default null */
  readonly next?: string;
}

const recreate = (...parts: (keyof Setup)[]): Followed => ({ follow: () => without(...parts) });
const named = (situation: string) => FAULTS.find((candidate) => candidate.situation === situation) as Fault;
const firstOnly = (broken: Fault) => {
  const [first] = Object.entries(broken.server ?? {}).map(([call, answer]) => ({ [call]: [answer, passOn] }));
  return { ...WAIT, server: first as Setup["server"] } as Setup;
};
const passOn = ({ pass }: { pass: () => void }) => pass();
const createProvider = (world: World, Url: string) =>
  withIam(world.aws, (iam) =>
    iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ["sts.amazonaws.com"] })),
  );
const updateTrust = (world: World, RoleName: string, policy: object) =>
  withIam(world.aws, (iam) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(policy) })),
  );

const FOLLOWED: Readonly<Record<string, Followed>> = {
  QV101: recreate("annotation"),
  QV102: recreate("variables"),
  QV103: recreate("variables"),
  QV104: recreate("annotation"),
  QV105: {
    follow: () => ({
      annotation: names.roleArnOf("renamed-role"),
      role: { name: "renamed-role", trustPolicy: names.trusting(), managedPolicies: [READ_ONLY] },
    }),
  },
  QV106: recreate("variables"),
  QV107: recreate("annotation"),
  QV108: recreate("annotation", "variables"),
  QV120: recreate("variables"),
  QV121: recreate("variables"),
  QV123: recreate("variables"),
  QV124: recreate("variables"),
  QV201: recreate("tokenFile"),
  QV202: recreate("tokenFile"),
  QV203: recreate("token"),
  QV204: recreate("token"),
  QV205: recreate("token"),
  QV206: recreate("token"),
  QV207: recreate("token"),
  QV208: {
    follow: (_, report) => ({ flags: ["--issuer", report.token.issuer ?? ""] }),
  },
  QV209: recreate("token"),
  QV210: recreate("token"),
  QV221: recreate("server"),
  QV301: {
    broken: named("the environment is a clone: the trust policy names the namespace of the original"),
    // The report prints the condition that matches.
    follow: async (world, report) => {
      const { detail } = report.checks.find(({ code }) => code === "QV301") ?? {};
      const condition = JSON.parse(/\{.*\}/s.exec(detail ?? "")?.[0] ?? "");
      const [statement] = names.trusting().Statement as [object];
      await updateTrust(world, "cloned-role", {
        Version: "2012-10-17",
        Statement: [{ ...statement, Condition: condition }],
      });
      return {};
    },
  },
  QV302: {
    follow: async (world) => {
      await createProvider(world, names.REBUILT_ISSUER);
      return {};
    },
    next: "QV301",
  },
  QV303: {
    // moto does not implement AddClientIDToOpenIDConnectProvider, so the provider is created again.
    follow: async (world) => {
      const OpenIDConnectProviderArn = oidcProviderArn("aws", names.ACCOUNT, names.AUDIENCE_ISSUER);
      await withIam(world.aws, (iam) => iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })));
      await createProvider(world, names.AUDIENCE_ISSUER);
      return {};
    },
    next: "QV301",
  },
  QV304: recreate("token"),
  QV305: recreate("server", "token"),
  QV320: {
    follow: async (world) => {
      const subject = `system:serviceaccount:${names.NAMESPACE}:open-role`;
      await updateTrust(world, "open-role", names.trusting({ subjects: [subject] }));
      return {};
    },
  },
  QV321: {
    broken: fault("QV321", 1, "the account has no provider", {
      token: (aws) =>
        aws.token(names.LATE_ISSUER, { namespace: names.NAMESPACE, serviceAccount: names.SERVICE_ACCOUNT }),
      flags: ["--expect", "denied", "--allow-endpoint"],
    }),
    follow: async (world) => {
      await createProvider(world, names.LATE_ISSUER);
      return {};
    },
  },
  QV322: recreate("variables"),
  QV401: recreate("server"),
  QV402: {
    follow: async (world) => {
      await withIam(world.aws, (iam) =>
        iam.send(new AttachRolePolicyCommand({ RoleName: "bare-role", PolicyArn: READ_ONLY })),
      );
      return {};
    },
  },
  QV404: { follow: () => ({ ...without("server"), flags: ["--probe", "none"] }) },
  QV405: { follow: (_, __, broken) => firstOnly(broken) },
  QV501: recreate("variables"),
  QV502: recreate("variables"),
  QV503: {
    broken: named("a proxy inspects TLS with the company's certificate authority"),
    follow: () => ({ variables: ({ authority }) => ({ AWS_CA_BUNDLE: authority }) }),
  },
  QV504: { follow: (_, __, broken) => firstOnly(broken) },
  QV505: { follow: (_, __, broken) => firstOnly(broken) },
  QV506: recreate("server", "variables"),
  QV507: recreate("server"),
};

/** Why the fix of a code cannot be followed on the embedded AWS. */
const NOT_FOLLOWED: Readonly<Record<string, string>> = {
  QV122: "the embedded AWS is a redirected endpoint",
  QV306: "the embedded AWS reads no certificate of an issuer",
  QV307: "the verifier requests no duration",
  QV308: "every region of the embedded AWS is active",
  QV309: "the embedded AWS knows no revoked token",
  QV310: "the embedded AWS does not call the issuer",
  QV311: "the embedded AWS has no organization, VPC endpoint or session policy",
  QV399: "the fix depends on an unknown error",
  QV403: "moto evaluates identity-based policies only",
  QV499: "the fix depends on an unknown error",
};

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop());

const staged = (broken: Fault) => inSituation(world, broken, true, (situation) => verify(situation, broken));

test.each(Object.entries(FOLLOWED))("the fix of %s leads to a proof or to the next cause", async (code, followed) => {
  const broken = followed.broken ?? (FAULTS.find((candidate) => candidate.code === code) as Fault);
  const ended = await staged(broken);
  expectVerdict(broken, ended);
  // The role exists from now on.
  const { role, shows: _, ...rest } = broken;
  const annotation = broken.annotation ?? (role ? names.roleArnOf(role.name, role.path) : undefined);
  const changes = await followed.follow(world, reportOf(ended), broken);
  const all = { ...rest, ...(annotation === undefined ? {} : { annotation }), ...changes };
  const setup = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as Fault;
  const fixed = { ...setup, code: followed.next ?? null, exit: followed.next ? (1 as const) : (0 as const) };
  const after = await staged(fixed);
  expectVerdict(fixed, after);
  expect(reportOf(after).checks).not.toContainEqual(expect.objectContaining({ code, result: "warn" }));
});

test("every code has a fix that is followed, or a reason why the fix cannot be followed", () => {
  expect([...Object.keys(FOLLOWED), ...Object.keys(NOT_FOLLOWED)].sort()).toEqual([...CODES].sort());
});
