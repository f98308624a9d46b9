import type { LocalAws } from "../aws";
import type { ClusterKeys } from "../cluster-keys";
import { type Fault, fault } from "./fault";
import { ISSUER, NAMESPACE, SERVICE_ACCOUNT, SUBJECT } from "./sample-names";

const now = () => Math.floor(Date.now() / 1000);

/** Signs a token of the sample's cluster. The claims replace those of the service account; undefined removes a claim. */
export function signed(claims: object): (aws: LocalAws) => Promise<string> {
  return async (aws) => {
    const keys = aws.clusters.get("sample") as ClusterKeys;
    const [iat, usual] = [now(), { iss: ISSUER, aud: ["sts.amazonaws.com"], sub: SUBJECT }];
    const token = await keys.sign({ ...usual, iat, nbf: iat, exp: iat + 3600, ...claims });
    aws.secrets.add(token);
    return token;
  };
}

const sample = async (aws: LocalAws) => aws.token("sample", { namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT });

/** The token file, and the token's claims. */
export const tokenFaults: readonly Fault[] = [
  fault("QV201", 1, "the token file does not exist", { tokenFile: "missing", core: true }),
  fault("QV201", 1, "the token file appears later, and `--wait` does not wait for it", {
    tokenFile: "late",
    waitMs: 5000,
  }),
  fault("QV202", 1, "the path of the token file is a directory", { tokenFile: "folder" }),
  fault("QV202", 1, "the path of the token file is a symbolic link to itself", { tokenFile: "loop", shows: "ELOOP" }),
  fault("QV202", 1, "the path of the token file is a pipe without a writer", { tokenFile: "pipe" }),
  fault("QV203", 1, "the token file is empty", { token: () => "", core: true }),
  fault("QV203", 1, "the token file has a megabyte", { token: () => "a".repeat(1024 * 1024), shows: "20" }),
  fault("QV204", 1, "the token file holds a password", { token: () => "password" }),
  fault("QV204", 1, "the token file is a copy that ends with a line feed", {
    token: async (aws) => `${await sample(aws)}\n`,
    core: true,
  }),
  fault("QV204", 1, "the token has only two parts", {
    token: async (aws) => (await sample(aws)).split(".").slice(0, 2).join("."),
  }),
  fault("QV204", 1, "the token has no `exp`", { token: signed({ exp: undefined }), shows: "exp" }),
  fault("QV210", 1, "the token is a legacy service account token, without expiry and audience", {
    token: signed({ iss: "kubernetes/serviceaccount", exp: undefined, aud: undefined, nbf: undefined, iat: undefined }),
  }),
  fault("QV205", 1, "the token expired 10 minutes ago: it is a copy, or this clock is ahead", {
    token: (aws) => signed({ exp: now() - 600 })(aws),
    core: true,
  }),
  fault("QV206", 1, "the token becomes valid in 10 minutes: this clock is behind", {
    token: (aws) => signed({ nbf: now() + 600, exp: now() + 4200 })(aws),
    core: true,
  }),
  fault("QV207", 1, "the token is the one for the Kubernetes API", {
    token: signed({ aud: ["https://kubernetes.default.svc"] }),
    shows: "https://kubernetes.default.svc",
    core: true,
  }),
  fault("QV208", 1, "the token's issuer is another cluster than `--issuer`", {
    flags: ["--issuer", "https://oidc.eks.eu-west-3.amazonaws.com/id/0000000000000000000000000ANOTHER"],
    shows: [ISSUER, "https://oidc.eks.eu-west-3.amazonaws.com/id/0000000000000000000000000ANOTHER"],
    core: true,
  }),
  fault("QV209", 1, "the token belongs to a node", {
    token: signed({ sub: "system:node:ip-10-0-1-2" }),
    shows: "system:node:ip-10-0-1-2",
  }),
  fault("QV209", 1, "the token's namespace is not the environment's namespace", {
    token: signed({ sub: `system:serviceaccount:z00000000-clone:${SERVICE_ACCOUNT}` }),
    shows: ["z00000000-clone", NAMESPACE],
    core: true,
  }),
];
