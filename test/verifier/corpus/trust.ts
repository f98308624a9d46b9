import { CreateRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { oidcProviderArn } from "../../../iam/arn";
import type { Conditions, PolicyDocument, Statement } from "../../../iam/policy-types";
import { clientConfig, type LocalAws } from "../../../local/aws";
import type { Fault, RoleInput } from "./fault";
import { CLONED, FIX, FOREIGN, otherAccount, trust, UNSET } from "./fixes";
import { ACCOUNT, ISSUER, NAMESPACE, PROVIDER, roleArnOf, SUBJECT, trusting } from "./names";

/** The sample's trust policy with another condition. */
function conditioned(Condition: Conditions): PolicyDocument {
  const [statement] = trusting().Statement as [Statement];
  return { Version: "2012-10-17", Statement: [{ ...statement, Condition }] };
}

const HOST = ISSUER.slice("https://".length);

function role(name: string, trustPolicy: PolicyDocument, more: Partial<RoleInput> = {}): { role: RoleInput } {
  return { role: { name, trustPolicy, managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"], ...more } };
}

const as = (namespace: string, serviceAccount: string) => ({
  token: (aws: LocalAws) => aws.token("sample", { namespace, serviceAccount }),
});

const iam = async (aws: LocalAws, work: (client: IAMClient) => Promise<unknown>) => {
  const client = new IAMClient(clientConfig(aws.environment));
  await work(client);
  client.destroy();
};

/** What STS refuses by the role's trust policy: evaluated for real, on the embedded AWS. */
export const trustFaults: readonly Fault[] = [
  {
    situation: "the role does not exist, or was deleted",
    annotation: roleArnOf("deleted-role"),
    ...as(NAMESPACE, "deleted-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:deleted-role",
    fix: trust("deleted-role", CLONED),
    core: true,
  },
  {
    situation: "the role is below a path that the annotation lacks",
    ...role("path-role", trusting(), { path: "/team/" }),
    annotation: roleArnOf("path-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:my-s3-role",
    fix: trust("path-role", otherAccount("my-s3-role", "path-role"), CLONED),
  },
  {
    situation: "the environment was cloned: the trust policy names the first one's namespace",
    ...role("cloned-role", trusting({ subject: "system:serviceaccount:z00000000-first:cloned-role" })),
    ...as(NAMESPACE, "cloned-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:cloned-role",
    fix: trust("cloned-role", CLONED),
    core: true,
  },
  {
    situation: "the service runs as another service account than the role's",
    ...as(NAMESPACE, "worker"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:worker",
    fix: trust("my-s3-role", otherAccount("worker", "my-s3-role"), CLONED),
    core: true,
  },
  {
    situation: "the service runs as the namespace's default service account, which somebody annotated",
    ...as(NAMESPACE, "default"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:default",
    fix: trust("my-s3-role", UNSET, CLONED),
    core: true,
  },
  {
    situation: "a `*` under `StringEquals`",
    ...role("star-role", trusting({ subject: "system:serviceaccount:z*:star-role" })),
    ...as(NAMESPACE, "star-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:star-role",
    fix: trust("star-role", CLONED),
  },
  {
    situation: "cluster scope, and the namespace is not one of Qovery's",
    ...role("cluster-role", trusting({ subject: "system:serviceaccount:z*:cluster-role", match: "pattern" })),
    ...as("payments", "cluster-role"),
    variables: { QOVERY_KUBERNETES_NAMESPACE_NAME: "payments" },
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:payments:cluster-role",
    fix: trust("cluster-role", FOREIGN),
  },
  {
    situation: "the condition's key begins with `https://`",
    ...role("scheme-role", conditioned({ StringEquals: { [`${ISSUER}:sub`]: SUBJECT } })),
    ...as(NAMESPACE, "scheme-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:scheme-role",
    fix: trust("scheme-role", CLONED),
  },
  {
    situation: "the condition's key is the provider's ARN",
    ...role("arn-key-role", conditioned({ StringEquals: { [`${PROVIDER}:sub`]: SUBJECT } })),
    ...as(NAMESPACE, "arn-key-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:arn-key-role",
    fix: trust("arn-key-role", CLONED),
  },
  {
    situation: "the condition's audience has a space at its end",
    ...role("space-role", conditioned({ StringEquals: { [`${HOST}:aud`]: "sts.amazonaws.com " } })),
    ...as(NAMESPACE, "space-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:space-role",
    fix: trust("space-role", CLONED),
  },
  {
    situation: "the trust policy names another cluster's provider",
    ...role(
      "other-cluster-role",
      trusting({ providerArn: oidcProviderArn("aws", ACCOUNT, "https://oidc.example/id/OTHER") }),
    ),
    ...as(NAMESPACE, "other-cluster-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:other-cluster-role",
    fix: trust("other-cluster-role", CLONED),
  },
  {
    situation: "the trust policy is EKS Pod Identity's",
    ...role("pod-identity-role", {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "pods.eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        },
      ],
    }),
    ...as(NAMESPACE, "pod-identity-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:pod-identity-role",
    fix: trust("pod-identity-role", CLONED),
  },
  {
    situation: "the trust policy denies the namespace",
    ...role("denied-role", {
      Version: "2012-10-17",
      Statement: [
        ...([trusting({ subject: `system:serviceaccount:${NAMESPACE}:denied-role` }).Statement].flat() as []),
        {
          Effect: "Deny",
          Principal: { Federated: PROVIDER },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { [`${HOST}:sub`]: `system:serviceaccount:${NAMESPACE}:*` } },
        },
      ],
    }),
    ...as(NAMESPACE, "denied-role"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:denied-role",
    fix: trust("denied-role", CLONED),
  },
  {
    situation: "the same refusal by `--expect denied`, which proves that the neighbour is kept out",
    ...as(NAMESPACE, "neighbour"),
    flags: ["--expect", "denied"],
    code: null,
    exit: 0,
    core: true,
  },
  {
    situation: "`--expect denied`, and the trust policy admits every service account",
    ...role("open-role", trusting({ subject: "system:serviceaccount:*:*", match: "pattern" })),
    ...as(NAMESPACE, "neighbour"),
    flags: ["--expect", "denied"],
    code: "QV320",
    exit: 1,
    says: "STS gave arn:aws:sts::123456789012:assumed-role/open-role/qovery-irsa-verifier to system:serviceaccount:z7f3a2b1c-production:neighbour",
    fix: FIX.isolation,
    core: true,
  },
  {
    situation: "the trust policy is mended while `--wait` tries again",
    ...role("mended-role", trusting({ subject: "system:serviceaccount:z00000000-first:mended-role" })),
    ...as(NAMESPACE, "mended-role"),
    server: {},
    meanwhile: (aws) =>
      iam(aws, (client) =>
        client.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: "mended-role",
            PolicyDocument: JSON.stringify(trusting({ subject: `system:serviceaccount:${NAMESPACE}:mended-role` })),
          }),
        ),
      ),
    waitMs: 8000,
    attempts: 2,
    code: null,
    exit: 0,
  },
  {
    situation: "the role is created while `--wait` tries again",
    annotation: roleArnOf("late-role"),
    ...as(NAMESPACE, "late-role"),
    server: {},
    meanwhile: (aws) =>
      iam(aws, (client) =>
        client.send(
          new CreateRoleCommand({
            RoleName: "late-role",
            AssumeRolePolicyDocument: JSON.stringify(
              trusting({ subject: `system:serviceaccount:${NAMESPACE}:late-role` }),
            ),
          }),
        ),
      ),
    flags: ["--probe", "none"],
    waitMs: 8000,
    attempts: 2,
    code: null,
    exit: 0,
  },
];
