import { parseRoleArn } from "../../iam/arn";
import { isPartition, isRegion, partitionOfRegion } from "../../iam/partition";
import type { Options } from "../pod/options";
import { oneLine } from "../pod/printable";
import { API_TOKEN, type PodView, type Target, variable, WEBHOOK_TOKEN } from "../pod/view";
import type { CheckDefinition } from "./check";
import { VARIABLES } from "./check";
import { decodeJwt } from "./jwt";

export interface EnvironmentFacts {
  readonly pod: PodView;
  readonly options: Options;
  readonly target: Target;
}

const SET_SERVICE_ACCOUNT =
  "on Qovery: service → advanced settings → security.service_account_name = the serviceAccount of clusters/*.yaml, then redeploy the service";

/** QV1xx: what the pod's environment says, before any token is read. */
export const environmentChecks: readonly CheckDefinition<EnvironmentFacts>[] = [
  {
    code: "QV101",
    find: ({ pod, target }) => {
      if (target.roleArn !== undefined || target.tokenFile !== undefined || podIdentity(pod)) return undefined;
      return {
        detail: `neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE is set; ${runsAs(pod)}`,
        fix: whyNotInjected(pod),
      };
    },
  },
  {
    code: "QV102",
    find: ({ pod, target }) => {
      if (target.roleArn === undefined || target.tokenFile !== undefined) return undefined;
      const mounted = pod.exists(WEBHOOK_TOKEN)
        ? `; the webhook's token is mounted at ${WEBHOOK_TOKEN}, so the service account is right`
        : "";
      return {
        detail: `AWS_ROLE_ARN is set and AWS_WEB_IDENTITY_TOKEN_FILE is not: somebody set AWS_ROLE_ARN, and then the EKS webhook injects neither${mounted}`,
        fix: "delete the variable AWS_ROLE_ARN on Qovery, in the service, its environment and its project (Variables), then redeploy the service; the annotation of its service account carries the role",
      };
    },
  },
  {
    code: "QV103",
    find: ({ target }) =>
      target.tokenFile === undefined || target.roleArn !== undefined
        ? undefined
        : {
            detail:
              "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: somebody set it, and then the EKS webhook injects neither",
            fix: "delete the variable AWS_WEB_IDENTITY_TOKEN_FILE on Qovery, in the service, its environment and its project (Variables), then redeploy the service",
          },
  },
  {
    code: "QV104",
    find: ({ target: { roleArn } }) => {
      if (roleArn === undefined) return "skip";
      if (parseRoleArn(roleArn)) return undefined;
      return {
        detail: `AWS_ROLE_ARN is ${JSON.stringify(oneLine(roleArn))}${arnHint(roleArn)}`,
        fix: "write the annotation eks.amazonaws.com/role-arn (awsRoleArn of the qovery-sa-helper release) as arn:aws:iam::123456789012:role/NAME, without quotes or spaces; `npm run check` prints it; then redeploy the service",
      };
    },
    pass: ({ target }) => target.roleArn,
  },
  {
    code: "QV105",
    find: ({ options, target: { roleArn } }) => {
      if (options.roleArn === undefined || roleArn === undefined) return "skip";
      if (options.roleArn === roleArn) return undefined;
      return {
        detail: `AWS_ROLE_ARN is ${oneLine(roleArn)}, expected ${options.roleArn}`,
        fix: "the service account's annotation is another role's, or was changed after the pod had started: run `cdktf deploy '<cluster>-service-accounts'`, then redeploy the service, since a running pod keeps the old value",
      };
    },
  },
  {
    code: "QV106",
    find: ({ pod, target }) => {
      const region = variable(pod, "AWS_REGION");
      if (region !== undefined && isRegion(region)) return undefined;
      if (region === undefined && target.roleArn === undefined && target.tokenFile === undefined) {
        return {
          detail: "AWS_REGION is not set",
          fix: "the EKS webhook sets it where it injects the role: mend that first",
        };
      }
      const seen =
        region === undefined
          ? "AWS_REGION is not set"
          : `AWS_REGION is ${JSON.stringify(oneLine(region, 60))}, which is no region`;
      const other = variable(pod, "AWS_DEFAULT_REGION");
      return {
        detail: `${seen}${other === undefined ? "" : `; AWS_DEFAULT_REGION is ${oneLine(other, 60)}, which not every SDK reads`}`,
        fix: "the EKS webhook sets AWS_REGION and AWS_DEFAULT_REGION together, and neither where one of them is set: delete both of your own variables on Qovery and redeploy, or set AWS_REGION to the cluster's region",
      };
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
      return {
        detail: `the role is in partition ${role.partition}, region ${region} in ${partition}`,
        fix: `use a role of the cluster's own partition: check accountId, region and oidc.issuer in clusters/*.yaml, run cdktf deploy '<cluster>-iam' '<cluster>-service-accounts' and redeploy the service; or delete your own AWS_REGION (${VARIABLES})`,
      };
    },
  },
  {
    code: "QV108",
    find: ({ pod, target }) =>
      target.roleArn === undefined && podIdentity(pod)
        ? {
            detail:
              "AWS_CONTAINER_CREDENTIALS_FULL_URI is set and AWS_ROLE_ARN is not: an EKS Pod Identity association of this service account takes the place of IRSA",
            fix: "remove the association (aws eks list-pod-identity-associations, then delete-pod-identity-association) and redeploy the service, or keep Pod Identity and do without the role of clusters/*.yaml",
          }
        : undefined,
  },
  {
    code: "QV120",
    find: ({ pod }) => {
      const keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].filter((name) => variable(pod, name) !== undefined);
      if (keys.length === 0) return undefined;
      return {
        detail: `${keys.join(" and ")} ${keys.length === 1 ? "is" : "are"} set: an application's SDK uses static keys before the role`,
        fix: "delete the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN on Qovery, in the service, its environment and its project, and redeploy",
      };
    },
  },
  { code: "QV121", find: ({ pod }) => profile(pod) },
  {
    code: "QV122",
    find: ({ pod }) => {
      if (variable(pod, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.toLowerCase() === "true") return undefined;
      const set = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"].filter((name) =>
        variable(pod, name),
      );
      if (set.length === 0) return undefined;
      return {
        detail: `${set.join(", ")} ${set.length === 1 ? "sends" : "send"} AWS calls elsewhere; what is proven here is proven there`,
        fix: `delete ${set.length === 1 ? "it" : "them"} (${VARIABLES}) and redeploy the service, unless it is meant (a VPC endpoint, an emulator)`,
      };
    },
  },
  {
    code: "QV123",
    find: ({ pod }) => {
      const [region, other] = [variable(pod, "AWS_REGION"), variable(pod, "AWS_DEFAULT_REGION")];
      const seen: string[] = [];
      if (variable(pod, "AWS_STS_REGIONAL_ENDPOINTS")?.toLowerCase() === "legacy") {
        seen.push("AWS_STS_REGIONAL_ENDPOINTS is legacy: older SDKs call the global endpoint sts.amazonaws.com");
      }
      if (region !== undefined && other !== undefined && region !== other) {
        seen.push(
          `AWS_DEFAULT_REGION (${oneLine(other, 60)}) differs from AWS_REGION (${oneLine(region, 60)}), and SDKs read one or the other`,
        );
      }
      if (seen.length === 0) return undefined;
      return {
        detail: seen.join("; "),
        fix: "delete your own AWS_STS_REGIONAL_ENDPOINTS, AWS_REGION and AWS_DEFAULT_REGION on Qovery and redeploy: the EKS webhook sets all three",
      };
    },
  },
];

function podIdentity(pod: PodView): boolean {
  return variable(pod, "AWS_CONTAINER_CREDENTIALS_FULL_URI") !== undefined;
}

/** The subject of the API token where it is mounted: the pod's true service account, injected or not. */
function apiSubject(pod: PodView): string | undefined {
  try {
    const subject = decodeJwt(pod.read(API_TOKEN, 20_001).toString("latin1"))?.claims.sub;
    return typeof subject === "string" ? oneLine(subject) : undefined;
  } catch {
    return undefined;
  }
}

function runsAs(pod: PodView): string {
  const subject = apiSubject(pod);
  if (subject !== undefined) return `the pod runs as ${subject}`;
  return `which service account it runs as cannot be seen, since no API token is mounted at ${API_TOKEN}`;
}

function whyNotInjected(pod: PodView): string {
  const name = /^system:serviceaccount:[^:]+:([^:]+)$/.exec(apiSubject(pod) ?? "")?.[1];
  if (name === "default") return `the service is not set to its service account: ${SET_SERVICE_ACCOUNT}`;
  if (name !== undefined) {
    return `service account ${name} had no annotation eks.amazonaws.com/role-arn when the pod was made: run \`cdktf deploy '<cluster>-service-accounts'\`, then redeploy the service; if it is annotated already, redeploy once more, since the webhook may have been late`;
  }
  return `${SET_SERVICE_ACCOUNT}; if it is set, the annotation came after the pod: redeploy the service`;
}

function arnHint(roleArn: string): string {
  if (/^["'].*["']$/.test(roleArn.trim())) return ", with quotes around it";
  if (/\s/.test(roleArn)) return ", with white space in it";
  if (/^arn:[\w-]+:sts::/.test(roleArn)) return ", which is a session's and not a role's";
  if (/^arn:[\w-]+:iam::\d{12}:(?!role\/)/.test(roleArn)) return ", which is another resource's";
  return "";
}

function profile(pod: PodView): { detail: string; fix: string } | undefined {
  const home = variable(pod, "HOME") ?? "";
  const files = [
    variable(pod, "AWS_SHARED_CREDENTIALS_FILE") ?? `${home}/.aws/credentials`,
    variable(pod, "AWS_CONFIG_FILE") ?? `${home}/.aws/config`,
  ].filter((path) => pod.exists(path));
  const seen = [
    ...["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].filter((name) => variable(pod, name)).map((name) => `${name} is set`),
    ...files.map((path) => `${oneLine(path)} is there`),
  ];
  if (seen.length === 0) return undefined;
  return {
    detail: `${seen.join(", ")}: an application's SDK may use a profile before the role`,
    fix: `delete the variable (${VARIABLES}) or the file from the image, and redeploy the service`,
  };
}
