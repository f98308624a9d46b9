import type { LocalAws } from "../../../local/aws";
import type { ClusterKeys } from "../../../local/cluster-keys";
import type { Fault } from "./fault";
import { FIX } from "./fixes";
import { ISSUER, NAMESPACE, SERVICE_ACCOUNT, SUBJECT } from "./names";

const now = () => Math.floor(Date.now() / 1000);

/** A token of the sample's cluster with these claims besides a service account's; undefined takes one away. */
export function signed(claims: object): (aws: LocalAws) => string {
  return (aws) => {
    const keys = aws.clusters.get("sample") as ClusterKeys;
    const [iat, whole] = [now(), { iss: ISSUER, aud: ["sts.amazonaws.com"], sub: SUBJECT }];
    const token = keys.sign({ ...whole, iat, nbf: iat, exp: iat + 3600, ...claims });
    aws.secrets.add(token);
    return token;
  };
}

const sample = (aws: LocalAws) => aws.token("sample", { namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT });

/** The token's file, and what the token says of itself. */
export const tokenFaults: readonly Fault[] = [
  {
    situation: "the token's file is not there",
    tokenFile: "missing",
    code: "QV201",
    exit: 1,
    says: "token is not there",
    fix: FIX.noToken,
    core: true,
  },
  {
    situation: "the token's file comes later: `--wait` does not wait for it",
    tokenFile: "late",
    waitMs: 5000,
    code: "QV201",
    exit: 1,
    says: "token is not there",
    fix: FIX.noToken,
  },
  {
    situation: "a folder in place of the token's file",
    tokenFile: "folder",
    code: "QV202",
    exit: 1,
    says: "token is a folder",
    fix: FIX.tokenPath,
  },
  {
    situation: "a link to itself in place of it",
    tokenFile: "loop",
    code: "QV202",
    exit: 1,
    says: "cannot be read by user",
    fix: FIX.tokenPath,
  },
  {
    situation: "a pipe that nobody writes to in place of it",
    tokenFile: "pipe",
    code: "QV202",
    exit: 1,
    says: "token is no regular file",
    fix: FIX.tokenPath,
  },
  {
    situation: "an empty token file",
    token: () => "",
    code: "QV203",
    exit: 1,
    says: "token is empty",
    fix: FIX.tokenPath,
    core: true,
  },
  {
    situation: "a token of a megabyte",
    token: () => "a".repeat(1024 * 1024),
    code: "QV203",
    exit: 1,
    says: "token has more than 20000 characters, the most that STS takes",
    fix: FIX.tokenPath,
  },
  {
    situation: "a file that is no token",
    token: () => "password",
    code: "QV204",
    exit: 1,
    says: "token is not three base64url parts of JSON",
    fix: FIX.newToken,
  },
  {
    situation: "a line end after the token: a copy by hand",
    token: (aws) => `${sample(aws)}\n`,
    code: "QV204",
    exit: 1,
    says: "token is not three base64url parts of JSON, and ends with white space",
    fix: FIX.newToken,
    core: true,
  },
  {
    situation: "only two parts of a token",
    token: (aws) => sample(aws).split(".").slice(0, 2).join("."),
    code: "QV204",
    exit: 1,
    says: "token is not three base64url parts of JSON",
    fix: FIX.newToken,
  },
  {
    situation: "a token without `exp`",
    token: signed({ exp: undefined }),
    code: "QV204",
    exit: 1,
    says: "token is a JWT without iss or exp",
    fix: FIX.newToken,
  },
  {
    situation: "a token that expired 10 minutes ago: a cached copy, or a clock ahead",
    token: (aws) => signed({ exp: now() - 600 })(aws),
    code: "QV205",
    exit: 1,
    says: "it expired at",
    fix: FIX.expired,
    core: true,
  },
  {
    situation: "a token that is valid in 10 minutes: a clock behind",
    token: (aws) => signed({ nbf: now() + 600, exp: now() + 4200 })(aws),
    code: "QV206",
    exit: 1,
    says: "it is valid from",
    fix: FIX.notYet,
    core: true,
  },
  {
    situation: "the token for the Kubernetes API instead of the one for STS",
    token: signed({ aud: ["https://kubernetes.default.svc"] }),
    code: "QV207",
    exit: 1,
    says: 'aud is ["https://kubernetes.default.svc"], expected sts.amazonaws.com',
    fix: FIX.audience,
    core: true,
  },
  {
    situation: "another cluster than `--issuer` expects",
    flags: ["--issuer", "https://oidc.eks.eu-west-3.amazonaws.com/id/ANOTHER"],
    code: "QV208",
    exit: 1,
    says: "iss is https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE, expected https://oidc.eks.eu-west-3.amazonaws.com/id/ANOTHER",
    fix: FIX.issuer,
    core: true,
  },
  {
    situation: "a node's token instead of a service account's",
    token: signed({ sub: "system:node:ip-10-0-1-2" }),
    code: "QV209",
    exit: 1,
    says: "sub is system:node:ip-10-0-1-2, which is no service account's",
    fix: FIX.tokenPath,
  },
  {
    situation: "a token of another namespace than the environment's",
    token: signed({ sub: `system:serviceaccount:z00000000-clone:${SERVICE_ACCOUNT}` }),
    code: "QV209",
    exit: 1,
    says: "the token is of namespace z00000000-clone, this Qovery environment's is z7f3a2b1c-production",
    fix: FIX.namespace,
    core: true,
  },
];
