import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { oidcProviderArn } from "../../iam/arn";
import type { Conditions, PolicyDocument, Statement } from "../../iam/policy-types";
import { withIam } from "../administrator";
import type { LocalAws } from "../aws";
import { updateTrustPolicy } from "../roles";
import { stsError } from "./answers";
import { type Fault, fault, type RoleInput, type Setup } from "./fault";
import { type Answer, aws } from "./fault-server";
import { ACCOUNT, ISSUER, NAMESPACE, PROVIDER, roleArnOf, SUBJECT, trusting } from "./sample-names";

const NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
const HOST = ISSUER.slice("https://".length);
const READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

/** A pod whose own role has this trust policy. The pod's service account has the name of the role. */
function role(name: string, trustPolicy: PolicyDocument, more: Partial<RoleInput> = {}): Setup {
  return { role: { name, trustPolicy, managedPolicies: [READ_ONLY], ...more }, ...as(NAMESPACE, name) };
}

function as(namespace: string, serviceAccount: string): Setup {
  return {
    token: (aws: LocalAws) => aws.token("sample", { namespace, serviceAccount }),
    shows: `system:serviceaccount:${namespace}:${serviceAccount}`,
  };
}

/** The sample's trust policy with another condition. */
function conditioned(Condition: Conditions): PolicyDocument {
  const [statement] = trusting().Statement as [Statement];
  return { Version: "2012-10-17", Statement: [{ ...statement, Condition }] };
}

const own = (serviceAccount: string) =>
  trusting({ subjects: [`system:serviceaccount:${NAMESPACE}:${serviceAccount}`] });

const PATIENT: Setup = { server: {}, waitMs: 8000, attempts: 2 };
const DENIED = { flags: ["--expect", "denied", "--allow-endpoint"] };

/** A role whose trust policy admits the neighbour under some session names only. */
const sessionNamed = (name: string, operator: "StringEquals" | "StringNotEquals", sessionName: string): Setup => ({
  ...role(name, conditioned({ [operator]: { "sts:RoleSessionName": sessionName } })),
  ...as(NAMESPACE, "neighbour"),
  ...DENIED,
});

/** What the role's trust policy refuses. The embedded AWS evaluates each policy. */
export const trustFaults: readonly Fault[] = [
  fault("QV301", 1, "the role does not exist", {
    annotation: roleArnOf("deleted-role"),
    ...as(NAMESPACE, "deleted-role"),
    core: true,
  }),
  fault("QV301", 1, "the annotation lacks the path of the role", {
    ...role("path-role", trusting(), { path: "/team/" }),
    annotation: roleArnOf("path-role"),
  }),
  fault("QV301", 1, "the environment is a clone: the trust policy names the namespace of the original", {
    ...role("cloned-role", trusting({ subjects: ["system:serviceaccount:z00000000-first:cloned-role"] })),
    core: true,
  }),
  fault("QV301", 1, "the service runs as another service account than the role's", {
    ...as(NAMESPACE, "worker"),
    core: true,
  }),
  fault("QV301", 1, "the service runs as the `default` service account, which has the annotation", {
    ...as(NAMESPACE, "default"),
    core: true,
  }),
  fault("QV301", 1, "the trust policy has a `*` under `StringEquals`", {
    ...role("star-role", trusting({ subjects: ["system:serviceaccount:z*:star-role"] })),
  }),
  fault("QV301", 1, "the role has cluster scope, and the namespace is not one of Qovery's", {
    ...role("cluster-role", trusting({ subjects: ["system:serviceaccount:z*:cluster-role"], match: "pattern" })),
    ...as("payments", "cluster-role"),
    variables: { QOVERY_KUBERNETES_NAMESPACE_NAME: "payments" },
  }),
  fault("QV301", 1, "the key of the condition begins with `https://`", {
    ...role("scheme-role", conditioned({ StringEquals: { [`${ISSUER}:sub`]: SUBJECT } })),
  }),
  fault("QV301", 1, "the key of the condition begins with the ARN of the provider", {
    ...role("arn-key-role", conditioned({ StringEquals: { [`${PROVIDER}:sub`]: SUBJECT } })),
  }),
  fault("QV301", 1, "the audience in the condition ends with a space", {
    ...role("space-role", conditioned({ StringEquals: { [`${HOST}:aud`]: "sts.amazonaws.com " } })),
  }),
  fault("QV301", 1, "the trust policy names the OIDC provider of another cluster", {
    ...role(
      "other-cluster-role",
      trusting({ providerArn: oidcProviderArn("aws", ACCOUNT, "https://oidc.example/id/OTHER") }),
    ),
  }),
  fault("QV301", 1, "the trust policy is the one for EKS Pod Identity", {
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
  }),
  fault("QV301", 1, "the trust policy denies the namespace", {
    ...role("denied-role", {
      Version: "2012-10-17",
      Statement: [
        ...([own("denied-role").Statement].flat() as []),
        {
          Effect: "Deny",
          Principal: { Federated: PROVIDER },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { [`${HOST}:sub`]: `system:serviceaccount:${NAMESPACE}:*` } },
        },
      ],
    }),
  }),
  fault(null, 0, "a neighbour's service account is denied, as `--expect denied` expects", {
    ...as(NAMESPACE, "neighbour"),
    ...DENIED,
    core: true,
  }),
  fault("QV320", 1, "the trust policy admits every service account, although `--expect denied` is given", {
    ...role("open-role", trusting({ subjects: ["system:serviceaccount:*:*"], match: "pattern" })),
    ...as(NAMESPACE, "neighbour"),
    ...DENIED,
    core: true,
  }),
  fault("QV320", 1, "the trust policy refuses only the session name `qovery-irsa-verifier`", {
    ...sessionNamed("refused-name-role", "StringNotEquals", "qovery-irsa-verifier"),
  }),
  fault("QV320", 1, "the trust policy admits only the session name in `AWS_ROLE_SESSION_NAME`", {
    ...sessionNamed("named-role", "StringEquals", "orders-api"),
    variables: { AWS_ROLE_SESSION_NAME: "orders-api" },
  }),
  fault("QV320", 1, "STS denies the neighbour at first, and admits the neighbour while `--wait` tries again", {
    ...role("opened-role", own("neighbour")),
    ...as(NAMESPACE, "neighbour"),
    ...DENIED,
    ...PATIENT,
    // One try has a call for each session name, so this is in the second try.
    server: { assume: [...Array<Answer>(15).fill(stsError(403, "AccessDenied", NOT_AUTHORIZED)), aws] },
  }),
  fault(null, 0, "the trust policy is corrected while `--wait` tries again", {
    ...role("corrected-role", trusting({ subjects: ["system:serviceaccount:z00000000-first:corrected-role"] })),
    ...PATIENT,
    meanwhile: (account) =>
      updateTrustPolicy(account, { name: "corrected-role", arn: roleArnOf("corrected-role") }, own("corrected-role")),
  }),
  fault(null, 0, "the role is created while `--wait` tries again", {
    annotation: roleArnOf("late-role"),
    ...as(NAMESPACE, "late-role"),
    ...PATIENT,
    meanwhile: (account) =>
      withIam(account, (iam) =>
        iam.send(
          new CreateRoleCommand({ RoleName: "late-role", AssumeRolePolicyDocument: JSON.stringify(own("late-role")) }),
        ),
      ),
    flags: ["--probe", "none"],
  }),
];
