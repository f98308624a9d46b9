import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIamData } from "../../config/iam-data";
import { policyProblems } from "../../iam/policy-lint";
import { FULL, testIf } from "../test-if";
import { BAD } from "./corpus/bad-policies";
import { GOOD } from "./corpus/good-policies";
import { policy } from "./corpus/statements";

const PYTHON = join(__dirname, "../../.local/parliament/bin/python3");

const PROGRAM = `
import json, sys
from parliament import analyze_policy_string
for line in sys.stdin:
    print(json.dumps(sorted({finding.issue for finding in analyze_policy_string(line).findings})))
`;

/** Issues of parliament, and the rules of the lint that report the same. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  // parliament stops at an action without a service.
  EXCEPTION: ["structure"],
  INVALID_ARN: ["resource-form", "policy-variable", "placeholder"],
  MALFORMED: ["trust-policy"],
  MISMATCHED_TYPE: ["condition-form", "operator-type"],
  MISMATCHED_TYPE_OPERATION_TO_NULL: ["condition-form"],
  OLD_VERSION: ["version"],
  RESOURCE_MISMATCH: ["resource-mismatch", "policy-variable"],
  RESOURCE_STAR: ["broad-resource", "full-access"],
  UNKNOWN_ACTION: ["unknown-action", "structure"],
  UNKNOWN_CONDITION_FOR_ACTION: ["unknown-condition-key", "condition-key-support"],
  UNKNOWN_FEDERATION_SOURCE: ["trust-policy"],
  UNKNOWN_OPERATOR: ["condition-form"],
  UNKNOWN_PREFIX: ["unknown-service"],
};

/** Policies of the documentation in which parliament reports an issue that is not a mistake. */
const FALSE_ALARMS: Readonly<Record<string, string>> = {
  "list buckets of S3": "S3 checks these actions on everything of the service",
  "every log group": "CloudWatch Logs checks the list of groups on everything of the service",
  "multi-Region access point": "the ARN of a multi-Region access point has no region",
  "documents of AWS": "documents of AWS have no account",
  "encryption context with an ARN": "an encryption context can have an ARN as its value",
  "everything in one bucket": "s3:* includes actions on other resources",
  "access point": "the data of parliament has no objects of access points for s3:GetObject",
  "only buckets of this account": "s3:ResourceAccount is newer than the data of parliament",
  "TLS version": "s3:TlsVersion is newer than the data of parliament, and has numbers with decimals",
  "secrets by tag": "the condition restricts the secrets",
  "public parameters": "public parameters have no account",
  "keys by alias": "kms:ResourceAliases is newer than the data of parliament",
  "service-linked role": "the condition restricts the role",
  "only from a network": "parliament does not read IPv6 addresses",
  "Amazon EBS CSI driver": "another statement allows the snapshot",
  "Amazon EFS CSI driver": "the condition restricts the access points",
  "AWS Load Balancer Controller": "the condition restricts the load balancers",
  "Cluster Autoscaler": "the condition restricts the groups",
  Karpenter: "another statement allows the launch template",
  ExternalDNS: "the actions list records and tags only",
  "cert-manager with DNS-01": "the condition key is newer than the data of parliament",
  "Amazon VPC CNI": "another statement allows the instance",
  "start a state machine": "the types execution and express are alternatives",
  "call a model": "the types of models are alternatives",
};

/** parliament cannot read numbers and booleans in conditions: it gets them as strings. */
const asStrings = (_: string, value: unknown) =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

const cases = [
  ...Object.entries(BAD).map(([name, [document]]) => ({ name, document })),
  ...Object.entries(GOOD).map(([name, statements]) => ({ name, document: policy(...statements) })),
].map(({ name, document }) => ({ name, text: JSON.stringify(document) }));

testIf(FULL && existsSync(PYTHON), "needs parliament; runs with npm run test:full")(
  "the lint reports every issue that parliament reports",
  () => {
    const { stdout, stderr, status } = spawnSync(PYTHON, ["-c", PROGRAM], {
      input: cases.map(({ text }) => JSON.stringify(JSON.parse(text, asStrings))).join("\n"),
      encoding: "utf8",
    });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const issues: string[][] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const data = readIamData();
    const missed = cases.flatMap(({ name, text }, index) => {
      const rules = policyProblems(JSON.parse(text), data, "aws").map(({ rule }) => rule);
      return (issues[index] ?? [])
        .filter((issue) => !SAME[issue]?.some((rule) => rules.includes(rule)))
        .map((issue) => `${name}: ${issue}`);
    });
    expect(missed.filter((text) => !Object.hasOwn(FALSE_ALARMS, text.replace(/: \w+$/, "")))).toEqual([]);
    expect(issues).toHaveLength(cases.length);
  },
  120_000,
);
