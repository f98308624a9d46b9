import { parseRoleArn } from "../../iam/arn";
import { isPartition, isRegion, partitionOfRegion } from "../../iam/partition";
import { isOn } from "../aws/endpoint";
import type { Options } from "../pod/options";
import { oneLine, shownPath } from "../pod/printable";
import { API_TOKEN, type PodView, setOf, type Target, variable, WEBHOOK_TOKEN } from "../pod/view";
import { CATALOGUE, inOrder } from "./catalogue";
import { decodeJwt } from "./jwt";
import { PROFILES, STATIC_KEYS, shadowingFiles } from "./other-credentials";
import type { CheckDefinition, Finding, Skip } from "./result";

/** The variables that the EKS webhook injects for IRSA. */
const INJECTED = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"];

/** A session's name. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

const NO_ROLE: Skip = { skip: "AWS_ROLE_ARN is not set" };
const NO_TOKEN_FILE: Skip = { skip: "AWS_WEB_IDENTITY_TOKEN_FILE is not set" };
/** Why `--expect denied` does not use the role of the pod. */
const ONLY_TOKEN: Skip = { skip: "`--role-arn` names the role" };

export interface EnvironmentFacts {
  readonly pod: PodView;
  readonly options: Options;
  readonly target: Target;
}

/** QV1xx: the pod's variables, before the token is read. */
export const environmentChecks: readonly CheckDefinition<EnvironmentFacts>[] = [
  {
    code: "QV101",
    find: ({ pod, options }) => {
      if (setOf(pod, INJECTED).length > 0) return undefined;
      if (hasPodIdentity(pod)) return { skip: "see QV108" };
      const subject = apiSubject(pod);
      const runsAs =
        subject === undefined
          ? "The service account of the pod is unknown, because the token of the Kubernetes API is not mounted. IRSA does not need that token."
          : `The pod runs as ${subject}.`;
      return {
        detail: `AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE are not set. ${runsAs}`,
        fix: injectionFix(pod, options, subject),
      };
    },
  },
  {
    code: "QV102",
    find: ({ pod }) => {
      if (variable(pod, "AWS_ROLE_ARN") === undefined) return NO_ROLE;
      if (variable(pod, "AWS_WEB_IDENTITY_TOKEN_FILE") !== undefined) return undefined;
      const mounted = pod.exists(WEBHOOK_TOKEN)
        ? ` The token of the webhook is mounted at ${WEBHOOK_TOKEN}: the service account is right.`
        : "";
      return {
        detail: `AWS_ROLE_ARN is set, and AWS_WEB_IDENTITY_TOKEN_FILE is not: a user set AWS_ROLE_ARN.${mounted}`,
        fix: CATALOGUE.QV102.fixes.delete,
      };
    },
  },
  {
    code: "QV103",
    find: ({ pod, options }) => {
      if (needsOnlyToken(options)) return ONLY_TOKEN;
      if (variable(pod, "AWS_WEB_IDENTITY_TOKEN_FILE") === undefined) return NO_TOKEN_FILE;
      if (variable(pod, "AWS_ROLE_ARN") !== undefined) return undefined;
      return {
        detail: "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not: a user set AWS_WEB_IDENTITY_TOKEN_FILE.",
        fix: CATALOGUE.QV103.fixes.delete,
      };
    },
  },
  {
    code: "QV104",
    find: ({ pod, options }) => {
      const roleArn = variable(pod, "AWS_ROLE_ARN");
      if (needsOnlyToken(options)) return ONLY_TOKEN;
      if (roleArn === undefined) return NO_ROLE;
      if (parseRoleArn(roleArn)) return undefined;
      return {
        detail: `AWS_ROLE_ARN ${arnProblem(roleArn)}. Expected: arn:aws:iam::123456789012:role/NAME.`,
        fix: CATALOGUE.QV104.fixes.deploy,
      };
    },
    pass: ({ pod }) => variable(pod, "AWS_ROLE_ARN"),
  },
  {
    code: "QV105",
    find: ({ pod, options }) => {
      const roleArn = variable(pod, "AWS_ROLE_ARN");
      if (needsOnlyToken(options)) return ONLY_TOKEN;
      if (options.roleArn === undefined) return { skip: "no `--role-arn`" };
      if (roleArn === undefined) return NO_ROLE;
      if (options.roleArn === roleArn) return undefined;
      const { redeploy, deploy, expected } = CATALOGUE.QV105.fixes;
      return {
        detail: `AWS_ROLE_ARN ${parseRoleArn(roleArn) ? `is ${oneLine(roleArn)}` : arnProblem(roleArn)}. Expected: ${options.roleArn}.`,
        fix: inOrder(redeploy, deploy, expected),
      };
    },
  },
  {
    code: "QV106",
    find: ({ pod }) => {
      const region = variable(pod, "AWS_REGION");
      if (region !== undefined && isRegion(region)) return undefined;
      const { injectFirst, delete: remove, set } = CATALOGUE.QV106.fixes;
      if (region === undefined && setOf(pod, INJECTED).length === 0) {
        return { detail: "AWS_REGION is not set.", fix: injectFirst };
      }
      const seen =
        region === undefined ? "AWS_REGION is not set" : `AWS_REGION is ${shownRegion(region)}, which is not a region`;
      const other = variable(pod, "AWS_DEFAULT_REGION");
      const fallback =
        other === undefined ? "" : ` AWS_DEFAULT_REGION is ${shownRegion(other)}, which only some SDKs read.`;
      return { detail: `${seen}.${fallback}`, fix: inOrder(remove, set) };
    },
    pass: ({ pod }) => variable(pod, "AWS_REGION"),
  },
  {
    code: "QV107",
    find: ({ pod, target: { roleArn } }) => {
      const [role, region] = [parseRoleArn(roleArn ?? ""), variable(pod, "AWS_REGION")];
      if (!role || !region || !isRegion(region) || !isPartition(role.partition)) {
        return { skip: "no valid role and region" };
      }
      const partition = partitionOfRegion(region);
      if (partition === role.partition) return undefined;
      const { variable: own, role: other } = CATALOGUE.QV107.fixes;
      return {
        detail: `The role is in the partition ${role.partition}, the region ${region} in the partition ${partition}.`,
        fix: inOrder(own, other),
      };
    },
  },
  {
    code: "QV108",
    find: ({ pod }) =>
      setOf(pod, INJECTED).length === 0 && hasPodIdentity(pod)
        ? {
            detail: "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, and AWS_ROLE_ARN is not.",
            fix: inOrder(CATALOGUE.QV108.fixes.remove, CATALOGUE.QV108.fixes.keep),
          }
        : undefined,
  },
  {
    code: "QV120",
    find: ({ pod }) => {
      const names = setOf(pod, STATIC_KEYS).join(", ");
      if (names === "") return undefined;
      return {
        detail: `The SDK of the application uses the static keys instead of the role. Set: ${names}.`,
        fix: CATALOGUE.QV120.fixes.delete({ names }),
      };
    },
  },
  { code: "QV121", find: ({ pod }) => profile(pod) },
  {
    code: "QV122",
    find: ({ pod, options }) => {
      if (options.allowEndpoint || isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", pod.env)) return undefined;
      const names = setOf(pod, ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"]).join(", ");
      if (names === "") return undefined;
      return {
        detail: `Set: ${names}. The calls go to this endpoint instead of AWS's own, and the verdict applies to it.`,
        fix: inOrder(CATALOGUE.QV122.fixes.delete({ names }), CATALOGUE.QV122.fixes.allow),
      };
    },
  },
  {
    code: "QV123",
    find: ({ pod }) => {
      const [region, other] = [variable(pod, "AWS_REGION"), variable(pod, "AWS_DEFAULT_REGION")];
      const seen: string[] = [];
      if (variable(pod, "AWS_STS_REGIONAL_ENDPOINTS")?.toLowerCase() === "legacy") {
        seen.push("AWS_STS_REGIONAL_ENDPOINTS is legacy: older SDKs call the global endpoint sts.amazonaws.com.");
      }
      if (region !== undefined && other !== undefined && region !== other) {
        seen.push(
          `AWS_REGION is ${shownRegion(region)}, and AWS_DEFAULT_REGION is ${shownRegion(other)}: an SDK reads one or the other.`,
        );
      }
      return seen.length === 0 ? undefined : { detail: seen.join(" "), fix: CATALOGUE.QV123.fixes.delete };
    },
  },
  {
    code: "QV124",
    find: ({ pod }) => {
      const name = variable(pod, "AWS_ROLE_SESSION_NAME");
      const bundle = variable(pod, "AWS_CA_BUNDLE");
      const { sessionName, bundle: correct } = CATALOGUE.QV124.fixes;
      const badName = name !== undefined && !SESSION_NAME.test(name);
      const badBundle = bundle !== undefined && !hasCertificate(pod, bundle);
      if (!badName && !badBundle) return undefined;
      return {
        detail: [
          ...(badName
            ? [`AWS_ROLE_SESSION_NAME has ${name.length} characters, of which STS does not accept all.`]
            : []),
          ...(badBundle
            ? [`AWS_CA_BUNDLE names ${shownPath(bundle)}, which cannot be read or contains no certificate (PEM).`]
            : []),
        ].join(" "),
        fix: inOrder(...(badName ? [sessionName] : []), ...(badBundle ? [correct] : [])),
      };
    },
  },
];

/** Whether the run needs only the token of the pod, not its role. */
function needsOnlyToken({ expect, roleArn }: Options): boolean {
  return expect === "denied" && roleArn !== undefined;
}

function hasCertificate(pod: PodView, path: string): boolean {
  try {
    return pod.read(path, 4 * 1024 * 1024).includes("CERTIFICATE-----");
  } catch {
    return false;
  }
}

function hasPodIdentity(pod: PodView): boolean {
  return variable(pod, "AWS_CONTAINER_CREDENTIALS_FULL_URI") !== undefined;
}

/** Returns the subject of the API token if the token is mounted: the service account that the pod runs as. */
function apiSubject(pod: PodView): string | undefined {
  try {
    const subject = decodeJwt(pod.read(API_TOKEN, 20_001).toString("latin1"))?.claims.sub;
    return typeof subject === "string" ? oneLine(subject) : undefined;
  } catch {
    return undefined;
  }
}

/** @param subject the service account that the pod runs as, if it is known */
function injectionFix(pod: PodView, options: Options, subject: string | undefined): string {
  const { setServiceAccount: set, helm, annotate, redeploy } = CATALOGUE.QV101.fixes;
  const role = parseRoleArn(options.roleArn ?? "")?.name;
  const [, own, name = "SERVICE_ACCOUNT"] =
    /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/.exec(subject ?? "") ?? [];
  const namespace = own ?? shownNamespace(variable(pod, "QOVERY_KUBERNETES_NAMESPACE_NAME"));
  const declared =
    role === undefined ? `the role for the namespace ${namespace} that the application needs` : `the role ${role}`;
  const setServiceAccount = set({ role: declared });
  if (name === "default") return inOrder(setServiceAccount, helm);
  const look = annotate({ name, namespace });
  return own === undefined
    ? inOrder(setServiceAccount, helm, look, redeploy)
    : inOrder(look, redeploy, setServiceAccount, helm);
}

/** Returns a namespace, or a placeholder for another value. */
function shownNamespace(value = ""): string {
  return /^[a-z0-9-]{1,63}$/.test(value) ? value : "NAMESPACE";
}

/** Describes a value that is not the ARN of a role. A value that does not begin like an ARN can be a secret. */
function arnProblem(value: string): string {
  if (!/^["'\s]*arn:/.test(value)) return `has ${value.length} characters and does not begin with arn:`;
  const shown = `is ${JSON.stringify(oneLine(value))}`;
  if (/^["'].*["']$/.test(value.trim())) return `${shown}, which has quotes`;
  if (/\s/.test(value)) return `${shown}, which has white space`;
  if (/^arn:[\w-]+:sts::/.test(value)) return `${shown}, which is the ARN of a session`;
  if (/^arn:[\w-]+:iam::\d{12}:(?!role\/)/.test(value)) return `${shown}, which is the ARN of another resource`;
  return shown;
}

/** Returns a value if it has the form of a region, and its length otherwise. */
function shownRegion(value: string): string {
  return /^[a-z0-9-]{1,30}$/.test(value) ? value : `a value of ${value.length} characters`;
}

function profile(pod: PodView): Finding | undefined {
  const names = setOf(pod, PROFILES);
  const files = shadowingFiles(pod);
  const seen = [...names, ...files].join(", ");
  if (seen === "") return undefined;
  const { variable: own, file } = CATALOGUE.QV121.fixes;
  return {
    detail: `The SDK of the application can use a profile instead of the role, or fail. Found: ${seen}.`,
    fix: inOrder(...(names.length > 0 ? [own] : []), ...files.map((path) => file({ file: path }))),
  };
}
