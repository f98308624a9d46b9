import { parseRoleArn } from "../../iam/arn";
import { isPartition, isRegion, partitionOfRegion } from "../../iam/partition";
import type { Options } from "../pod/options";
import { oneLine } from "../pod/printable";
import { API_TOKEN, type PodView, type Target, variable, WEBHOOK_TOKEN } from "../pod/view";
import { CATALOGUE, inOrder } from "./catalogue";
import type { CheckDefinition, Finding } from "./check";
import { decodeJwt } from "./jwt";

export interface EnvironmentFacts {
  readonly pod: PodView;
  readonly options: Options;
  readonly target: Target;
}

/** QV1xx: the pod's variables, before the token is read. */
export const environmentChecks: readonly CheckDefinition<EnvironmentFacts>[] = [
  {
    code: "QV101",
    find: ({ pod, target }) => {
      if (target.roleArn !== undefined || target.tokenFile !== undefined) return undefined;
      if (podIdentity(pod)) return "skip";
      const subject = apiSubject(pod);
      const runsAs =
        subject === undefined
          ? `The service account is unknown: no API token is mounted at ${API_TOKEN}.`
          : `The pod runs as ${subject}.`;
      return {
        detail: `AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE are not set. ${runsAs}`,
        fix: injectionFix(subject),
      };
    },
  },
  {
    code: "QV102",
    find: ({ pod, target }) => {
      if (target.roleArn === undefined) return "skip";
      if (target.tokenFile !== undefined) return undefined;
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
    find: ({ target }) => {
      if (target.tokenFile === undefined) return "skip";
      if (target.roleArn !== undefined) return undefined;
      return {
        detail: "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not: a user set AWS_WEB_IDENTITY_TOKEN_FILE.",
        fix: CATALOGUE.QV103.fixes.delete,
      };
    },
  },
  {
    code: "QV104",
    find: ({ target: { roleArn } }) => {
      if (roleArn === undefined) return "skip";
      if (parseRoleArn(roleArn)) return undefined;
      return {
        detail: `AWS_ROLE_ARN is ${JSON.stringify(oneLine(roleArn))}${arnHint(roleArn)}. Expected: arn:aws:iam::123456789012:role/NAME.`,
        fix: CATALOGUE.QV104.fixes.deploy,
      };
    },
    pass: ({ target }) => target.roleArn,
  },
  {
    code: "QV105",
    find: ({ options, target: { roleArn } }) => {
      if (options.roleArn === undefined || roleArn === undefined) return "skip";
      if (options.roleArn === roleArn) return undefined;
      const { redeploy, deploy } = CATALOGUE.QV105.fixes;
      return {
        detail: `AWS_ROLE_ARN is ${oneLine(roleArn)}. Expected: ${options.roleArn}.`,
        fix: inOrder(redeploy, deploy),
      };
    },
  },
  {
    code: "QV106",
    find: ({ pod, target }) => {
      const region = variable(pod, "AWS_REGION");
      if (region !== undefined && isRegion(region)) return undefined;
      const { injectFirst, delete: remove, set } = CATALOGUE.QV106.fixes;
      if (region === undefined && target.roleArn === undefined && target.tokenFile === undefined) {
        return { detail: "AWS_REGION is not set.", fix: injectFirst };
      }
      const seen =
        region === undefined
          ? "AWS_REGION is not set"
          : `AWS_REGION is ${JSON.stringify(oneLine(region, 60))}, which is not a region`;
      const other = variable(pod, "AWS_DEFAULT_REGION");
      const fallback =
        other === undefined ? "" : ` AWS_DEFAULT_REGION is ${oneLine(other, 60)}, which only some SDKs read.`;
      return { detail: `${seen}.${fallback}`, fix: inOrder(remove, set) };
    },
    pass: ({ pod }) => variable(pod, "AWS_REGION"),
  },
  {
    code: "QV107",
    find: ({ pod, target: { roleArn } }) => {
      const [role, region] = [parseRoleArn(roleArn ?? ""), variable(pod, "AWS_REGION")];
      if (!role || !region || !isRegion(region) || !isPartition(role.partition)) return "skip";
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
    find: ({ pod, target }) =>
      target.roleArn === undefined && podIdentity(pod)
        ? {
            detail: "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, and AWS_ROLE_ARN is not.",
            fix: inOrder(CATALOGUE.QV108.fixes.remove, CATALOGUE.QV108.fixes.keep),
          }
        : undefined,
  },
  {
    code: "QV120",
    find: ({ pod }) => {
      const names = setOf(pod, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
      if (names.length === 0) return undefined;
      return {
        detail: `The SDK of the application uses the static keys instead of the role. Set: ${names.join(", ")}.`,
        fix: CATALOGUE.QV120.fixes.delete,
      };
    },
  },
  { code: "QV121", find: ({ pod }) => profile(pod) },
  {
    code: "QV122",
    find: ({ pod }) => {
      if (variable(pod, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.toLowerCase() === "true") return undefined;
      const names = setOf(pod, ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"]).join(", ");
      if (names === "") return undefined;
      return {
        detail: `AWS calls go to another endpoint, to which the verdict applies. Set: ${names}.`,
        fix: CATALOGUE.QV122.fixes.delete({ names }),
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
          `AWS_REGION is ${oneLine(region, 60)}, and AWS_DEFAULT_REGION is ${oneLine(other, 60)}: an SDK reads one or the other.`,
        );
      }
      return seen.length === 0 ? undefined : { detail: seen.join(" "), fix: CATALOGUE.QV123.fixes.delete };
    },
  },
];

function setOf(pod: PodView, names: readonly string[]): readonly string[] {
  return names.filter((name) => variable(pod, name) !== undefined);
}

function podIdentity(pod: PodView): boolean {
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

function injectionFix(subject: string | undefined): string {
  const { setServiceAccount, annotate, redeploy } = CATALOGUE.QV101.fixes;
  const name = /^system:serviceaccount:[^:]+:([^:]+)$/.exec(subject ?? "")?.[1];
  if (name === "default") return setServiceAccount;
  return name === undefined ? inOrder(setServiceAccount, redeploy) : inOrder(annotate({ name }), redeploy);
}

function arnHint(roleArn: string): string {
  if (/^["'].*["']$/.test(roleArn.trim())) return ", which has quotes";
  if (/\s/.test(roleArn)) return ", which has white space";
  if (/^arn:[\w-]+:sts::/.test(roleArn)) return ", which is the ARN of a session";
  if (/^arn:[\w-]+:iam::\d{12}:(?!role\/)/.test(roleArn)) return ", which is the ARN of another resource";
  return "";
}

function profile(pod: PodView): Finding | undefined {
  const home = variable(pod, "HOME") ?? "";
  const files = [
    variable(pod, "AWS_SHARED_CREDENTIALS_FILE") ?? `${home}/.aws/credentials`,
    variable(pod, "AWS_CONFIG_FILE") ?? `${home}/.aws/config`,
  ]
    .filter((path) => pod.exists(path))
    .map((path) => oneLine(path));
  const names = setOf(pod, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
  const seen = [...names, ...files].join(", ");
  if (seen === "") return undefined;
  const { variable: own, file } = CATALOGUE.QV121.fixes;
  return {
    detail: `The SDK of the application can use a profile instead of the role. Found: ${seen}.`,
    fix: inOrder(...(names.length > 0 ? [own] : []), ...files.map((path) => file({ file: path }))),
  };
}
