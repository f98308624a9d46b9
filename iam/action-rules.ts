import { distance } from "fastest-levenshtein";
import { nearest } from "./nearest";
import { members, type OneOrMany, type PolicyProblem } from "./policy-types";
import { type IamData, matchingActions, type StatementAction } from "./service-data";

/** Operations of AWS's APIs and CLI whose IAM actions have other names. Keys are in lower case. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "s3:listbuckets": "s3:ListAllMyBuckets",
  "s3:headobject": "s3:GetObject",
  "s3:headbucket": "s3:ListBucket",
  "s3:listobjects": "s3:ListBucket",
  "s3:listobjectsv2": "s3:ListBucket",
  "s3:listobjectversions": "s3:ListBucketVersions",
  "s3:listmultipartuploads": "s3:ListBucketMultipartUploads",
  "s3:listparts": "s3:ListMultipartUploadParts",
  "s3:copyobject": "s3:PutObject",
  "s3:deleteobjects": "s3:DeleteObject",
  "s3:createmultipartupload": "s3:PutObject",
  "s3:completemultipartupload": "s3:PutObject",
  "s3:uploadpart": "s3:PutObject",
  "s3:selectobjectcontent": "s3:GetObject",
  "s3:getbucketencryption": "s3:GetEncryptionConfiguration",
  "s3:putbucketencryption": "s3:PutEncryptionConfiguration",
  "s3:getbucketlifecycleconfiguration": "s3:GetLifecycleConfiguration",
  "s3:putbucketlifecycleconfiguration": "s3:PutLifecycleConfiguration",
  "s3:getpublicaccessblock": "s3:GetBucketPublicAccessBlock",
  "s3:putpublicaccessblock": "s3:PutBucketPublicAccessBlock",
  "lambda:invoke": "lambda:InvokeFunction",
  "sqs:sendmessagebatch": "sqs:SendMessage",
  "sqs:deletemessagebatch": "sqs:DeleteMessage",
  "sns:publishbatch": "sns:Publish",
  "dynamodb:transactgetitems": "dynamodb:GetItem",
  "dynamodb:transactwriteitems": "dynamodb:PutItem",
  "cloudwatch:getmetrics": "cloudwatch:GetMetricData",
  "bedrock:converse": "bedrock:InvokeModel",
  "bedrock:conversestream": "bedrock:InvokeModelWithResponseStream",
};

/** Names under which users know a service, and its prefix in IAM. */
const SERVICE_NAMES: Readonly<Record<string, string>> = {
  alb: "elasticloadbalancing",
  cognito: "cognito-idp",
  efs: "elasticfilesystem",
  elasticsearch: "es",
  elb: "elasticloadbalancing",
  elbv2: "elasticloadbalancing",
  emr: "elasticmapreduce",
  msk: "kafka",
  opensearch: "es",
  sesv2: "ses",
  sfn: "states",
  stepfunctions: "states",
};

/** Returns the problems of an Action or NotAction element, and its actions if all are known. */
export function checkActions(
  element: OneOrMany,
  path: PolicyProblem["path"],
  data: IamData,
): { readonly problems: PolicyProblem[]; readonly actions: StatementAction[] | undefined } {
  const problems: PolicyProblem[] = [];
  const actions: StatementAction[] = [];
  let complete = true;
  for (const [position, pattern] of members(element).entries()) {
    const index = typeof element === "string" ? undefined : position;
    const at = index === undefined ? path : [...path, index];
    const [prefix = "", name = ""] = pattern.split(":");
    const service = prefix.toLowerCase();
    const known = data.service(service);
    const matches = known ? matchingActions(known, name) : [];
    if (matches.length > 0) {
      actions.push({ pattern, index, service, matches });
      continue;
    }
    complete = false;
    if (pattern === "*" || /[*?]/.test(prefix)) continue;
    problems.push({ path: at, ...(known ? unknownAction(pattern, data) : unknownService(pattern, data)) });
  }
  return { problems, actions: complete ? actions : undefined };
}

function unknownAction(pattern: string, data: IamData): Omit<PolicyProblem, "path"> {
  const [service = "", name = ""] = pattern.split(":");
  const candidates = Object.values(data.service(service.toLowerCase())?.actions ?? {})
    .filter((action) => /^(?:Read|List)$/.test(action.accessLevel) || hasVerbOf(name, action.name))
    .map((action) => action.name);
  const meant = OPERATIONS[pattern.toLowerCase()] ?? prefixed(service, nearest(name, candidates));
  const what = /[*?]/.test(name) ? "matches no action" : "is not an action";
  return {
    rule: "unknown-action",
    severity: "error",
    problem: `"${pattern}" ${what} of ${data.services[service.toLowerCase()]} (data of ${data.date})`,
    fix: meant === undefined ? "use the name in the Service Authorization Reference" : `did you mean ${meant}?`,
  };
}

/** Whether a name begins with the verb of an action, with at most one wrong letter in four: ReadMessage does not mean SendMessage. */
function hasVerbOf(name: string, action: string): boolean {
  const verb = /^(?:Admin|Batch|ESHttp)?[A-Z]?[a-z]*/.exec(action)?.[0] ?? "";
  return distance(name.slice(0, verb.length).toLowerCase(), verb.toLowerCase()) <= Math.floor(verb.length / 4);
}

/** A service can be newer than the data: without a similar name, the problem is a warning. */
function unknownService(pattern: string, data: IamData): Omit<PolicyProblem, "path"> {
  const [service = "", name = ""] = pattern.split(":");
  const plain = (text: string) => text.toLowerCase().replace(/^(?:amazon|aws)|[^a-z0-9]/g, "");
  const named = Object.entries(data.services).find(([, full]) => plain(full) === plain(service))?.[0];
  const alias = SERVICE_NAMES[service.toLowerCase()] ?? named;
  const near = nearest(service, Object.keys(data.services));
  // The service of a similar name must have the action.
  const known = near === undefined ? undefined : data.service(near);
  const meant = alias ?? (known && matchingActions(known, name).length > 0 ? near : undefined);
  return {
    rule: "unknown-service",
    severity: meant === undefined ? "warning" : "error",
    problem: `"${service}" is not the prefix of an AWS service (data of ${data.date})`,
    fix:
      meant === undefined ? "use the prefix in the Service Authorization Reference" : `did you mean ${meant}:${name}?`,
  };
}

const prefixed = (service: string, name: string | undefined) => (name === undefined ? undefined : `${service}:${name}`);
