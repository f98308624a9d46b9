import { CreateRoleCommand, type IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Role } from "../../config/project";
import type { Conditions } from "../../iam/policy-types";
import { trustStatement } from "../../iam/trust-statement";
import { withIam } from "../../local/administrator";
import { LocalAws } from "../../local/aws";
import { createRoles, updateTrustPolicy } from "../../local/roles";
import { loadExample } from "../stacks/synthesized";

// A role that trusts itself: IAM refuses the ARN of a role that does not exist yet.

const project = loadExample("additional-trust");
const reports = project.clusters[0]?.roles[0] as Role;
const ROOT = "arn:aws:iam::123456789012:root";
let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start({ project });
  await createRoles(aws, [reports, { ...reports, name: "neighbour" }]);
}, 60_000);

afterAll(() => aws.stop());

/** Returns the name of the error with which a session of a role cannot assume the role `reports`, or undefined. */
async function assumeReports(caller: string, ExternalId?: string): Promise<string | undefined> {
  const config = { endpoint: aws.endpoint, region: "eu-west-1", maxAttempts: 1 };
  const RoleArn = reports.arn.replace("/reports", `/${caller}`);
  const token = await aws.token("data", { namespace: "z1-data", serviceAccount: "reports" });
  const webIdentity = { RoleArn, RoleSessionName: "pod", WebIdentityToken: token };
  const anonymous = new STSClient(config);
  const { Credentials } = await anonymous.send(new AssumeRoleWithWebIdentityCommand(webIdentity));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  const sts = new STSClient({ ...config, credentials });
  const request = { RoleArn: reports.arn, RoleSessionName: "again", ...(ExternalId ? { ExternalId } : {}) };
  try {
    await sts.send(new AssumeRoleCommand(request));
    return undefined;
  } catch (error) {
    return (error as Error).name;
  } finally {
    anonymous.destroy();
    sts.destroy();
  }
}

/** Replaces the additional trust of the role `reports` by one principal. */
async function trust(principal: string, conditions?: Conditions): Promise<void> {
  const statement = trustStatement({ principals: { AWS: [principal] }, actions: ["sts:AssumeRole"], conditions });
  const own = [reports.trustPolicy.Statement].flat().slice(0, 1);
  await updateTrustPolicy(aws, reports, { Version: "2012-10-17", Statement: [...own, statement] });
}

test("a role can assume itself with a condition on its ARN, and other roles of the account cannot", async () => {
  expect(await assumeReports("reports")).toBeUndefined();
  expect(await assumeReports("neighbour")).toBe("AccessDenied");
});

test.each<[string, string, Conditions | undefined, string | undefined, string | undefined]>([
  ["its ARN", reports.arn, undefined, undefined, undefined],
  ["its account", "123456789012", undefined, undefined, undefined],
  ["everyone", "*", undefined, undefined, undefined],
  ["another account", "arn:aws:iam::210987654321:root", undefined, undefined, "AccessDenied"],
  ["an external ID", ROOT, { StringEquals: { "sts:ExternalId": "x" } }, "x", undefined],
  ["a missing external ID", ROOT, { StringEquals: { "sts:ExternalId": "x" } }, undefined, "AccessDenied"],
])("STS evaluates a trust in %s", async (_, principal, conditions, externalId, expected) => {
  await trust(principal, conditions);
  expect(await assumeReports("reports", externalId)).toBe(expected);
});

test("IAM refuses a role that does not exist as a principal, also the new role itself", async () => {
  const create = (RoleName: string, principal: string) => {
    const statement = trustStatement({ principals: { AWS: [principal] }, actions: ["sts:AssumeRole"] });
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statement });
    return withIam(aws, (iam: IAMClient) => iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument })));
  };
  const own = "arn:aws:iam::123456789012:role/new";
  await expect(create("new", own)).rejects.toMatchObject({
    name: "MalformedPolicyDocumentException",
    message: `Invalid principal in policy: "AWS":"${own}"`,
  });
  await create("new", reports.arn);
  await create("foreign", "arn:aws:iam::210987654321:role/unknown");
});
