import { globMatches, parseGlob } from "../iam/glob";
import { issuerHostPath } from "../iam/issuer";
import { members, type PolicyDocument, type Principal, type Statement } from "../iam/policy-types";
import { ANY_SERVICE_ACCOUNT, STS_AUDIENCE } from "../iam/trust-policy";
import { checkPolicyShape } from "../iam/trust-policy-shape";
import type { ProviderIdentity } from "./account";

/** A mistake in a trust policy. The names are those of the audit. */
export type Flaw = "arn-condition-key" | "missing-audience" | "wildcard-in-string-equals";

export interface Subject {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Returns `<namespace>/<name>`. */
export function subjectText({ namespace, serviceAccount }: Subject): string {
  return `${namespace}/${serviceAccount}`;
}

/** The service accounts of a trust policy, in the words of the configuration. */
export type Admitted =
  | { readonly scope: "environment"; readonly subjects: readonly Subject[] }
  | { readonly scope: "cluster"; readonly namespacePattern: string; readonly serviceAccounts: readonly string[] }
  | { readonly scope: "any-service-account" };

/** A trust policy, as the configuration can or cannot express it. */
export interface TrustReading {
  /** Which service accounts the policy admits, or names if a flaw keeps everyone out. Undefined with an obstacle. */
  readonly admitted?: Admitted;
  /** Why the configuration cannot express the policy, worded to follow "the role is not adopted:". */
  readonly obstacle?: string;
  /** The statements about other principals. */
  readonly additional: readonly Statement[];
  readonly flaws: ReadonlySet<Flaw>;
  /** The subjects and patterns of subjects in the policy. */
  readonly written: readonly string[];
}

/** Returns the federated principals of a trust policy. Accepts any JSON. */
export function trustedProviders(document: unknown): string[] {
  const statements = members((document as { Statement?: unknown } | undefined | null)?.Statement) as unknown[];
  return statements
    .flatMap((statement) =>
      members((statement as { Principal?: { Federated?: unknown } } | null)?.Principal?.Federated),
    )
    .filter((value): value is string => typeof value === "string");
}

/** A value of a condition on the subject. */
interface Written {
  readonly value: string;
  /** Whether `*` is a wildcard: the operator is StringLike. */
  readonly like: boolean;
  /** Whether the statement never matches because of the key of another condition. */
  readonly dead: boolean;
}

/** Why the configuration cannot express a trust policy. */
class Obstacle extends Error {}

/**
 * Reads what a trust policy says about the tokens of one provider.
 * @param known the ARNs of other providers whose statements the caller reads itself
 */
export function readTrust(document: unknown, provider: ProviderIdentity, known: ReadonlySet<string>): TrustReading {
  const flaws = new Set<Flaw>();
  const written: Written[] = [];
  const additional: Statement[] = [];
  const reading = () => ({ additional, flaws, written: [...new Set(written.map(({ value }) => value))] });
  try {
    for (const statement of statementsOf(document)) {
      const about = subjectOf(statement, provider.arn, known);
      if (about === "provider") written.push(...readStatement(statement, provider, flaws));
      if (about === "others") additional.push(statement);
    }
    return { ...reading(), admitted: admittedBy(written, flaws) };
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    return { ...reading(), obstacle: error.message };
  }
}

function statementsOf(document: unknown): readonly Statement[] {
  try {
    checkPolicyShape(document);
  } catch (error) {
    throw new Obstacle(`its trust policy cannot be read (${(error as Error).message})`);
  }
  return members((document as PolicyDocument).Statement);
}

/** Returns which principals a statement trusts: the provider, known providers only, or others. */
function subjectOf(
  { Effect, Principal, NotAction }: Statement,
  arn: string,
  known: ReadonlySet<string>,
): "provider" | "known" | "others" {
  if (Effect === "Deny") throw new Obstacle("its trust policy has a statement that denies");
  if (NotAction !== undefined) throw new Obstacle("its trust policy has a statement with NotAction");
  const principals = principalsOf(Principal);
  const others = principals.filter(({ value }) => value !== arn);
  if (others.length === 0) return "provider";
  if (others.length === principals.length) {
    if (others.every(({ type, value }) => type === "Federated" && known.has(value))) return "known";
    if (typeof Principal === "object" && !others.some(({ value }) => known.has(value))) return "others";
  }
  throw new Obstacle(`a statement of its trust policy also trusts ${others.map(({ value }) => value).join(", ")}`);
}

function principalsOf(principal: Principal | undefined): { type: string; value: string }[] {
  if (typeof principal === "string") return [{ type: "*", value: principal }];
  return Object.entries(principal ?? {}).flatMap(([type, values]) => members(values).map((value) => ({ type, value })));
}

/** Actions beside AssumeRoleWithWebIdentity that have no effect for tokens of Kubernetes. */
const ACTIONS = ["sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity"];

function readStatement({ Action, Condition = {} }: Statement, { issuer }: ProviderIdentity, flaws: Set<Flaw>) {
  const actions = members(Action).map((action) => action.toLowerCase());
  if (!actions.includes("sts:assumerolewithwebidentity") || actions.some((action) => !ACTIONS.includes(action))) {
    throw new Obstacle(`its trust policy has the actions ${members(Action).join(", ")}`);
  }
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => readCondition(operator, key, members(values).map(String), issuer)),
  );
  const dead = conditions.some(({ prefixed }) => prefixed);
  if (dead) flaws.add("arn-condition-key");
  const audiences = conditions.filter(({ claim }) => claim === "aud");
  if (!audiences.some(({ values }) => values.every((value) => value === STS_AUDIENCE))) {
    if (!audiences.every(admitsSts)) {
      const values = audiences.flatMap((condition) => condition.values);
      throw new Obstacle(`its trust policy requires tokens for ${values.join(", ")}, not for ${STS_AUDIENCE}`);
    }
    flaws.add("missing-audience");
  }
  const [condition, second] = conditions.filter(({ claim }) => claim === "sub");
  if (second) throw new Obstacle("a statement of its trust policy has several conditions on the subject");
  if (!condition) return [{ value: ANY_SERVICE_ACCOUNT, like: true, dead }];
  return condition.values.map((value): Written => ({ value, like: condition.like, dead }));
}

interface ReadCondition {
  readonly claim: "aud" | "sub";
  readonly like: boolean;
  readonly values: readonly string[];
  /** Whether the key begins with the ARN of a provider, so that no token has the key. */
  readonly prefixed: boolean;
}

function readCondition(operator: string, key: string, values: readonly string[], issuer: string): ReadCondition {
  const [, kind] = /^(?:ForAnyValue:|ForAllValues:)?String(Equals|Like)(?:IfExists)?$/.exec(operator) ?? [];
  const bare = key.replace(/^arn:[\w-]+:iam::\d{12}:oidc-provider\//i, "");
  const claim = ["aud", "sub"].find((name) => bare.toLowerCase() === `${issuerHostPath(issuer)}:${name}`.toLowerCase());
  if (kind === undefined || claim === undefined) {
    throw new Obstacle(`its trust policy has the condition ${operator} on ${key}`);
  }
  return { claim: claim as "aud" | "sub", like: kind === "Like", values, prefixed: bare !== key };
}

function admitsSts({ like, values }: ReadCondition): boolean {
  return values.some((value) => value === STS_AUDIENCE || (like && globMatches(parseGlob(value), STS_AUDIENCE)));
}

function admittedBy(written: readonly Written[], flaws: Set<Flaw>): Admitted {
  const literal = ({ value, like }: Written) => !like && /[*?]/.test(value);
  if (written.some(literal)) flaws.add("wildcard-in-string-equals");
  const effective = written.filter((entry) => !entry.dead && !literal(entry));
  const isDead = effective.length === 0;
  const all = (isDead ? written : effective).map(({ value }) => admittedSubject(value));
  const any = all.find(({ scope }) => scope === "any-service-account");
  if (any && isDead) throw new Obstacle("its trust policy admits no token, and names every service account");
  if (any) return any;
  const subjects = all.flatMap((one) => (one.scope === "environment" ? one.subjects : []));
  if (subjects.length === all.length) return { scope: "environment", subjects: distinct(subjects) };
  const patterns = all.flatMap((one) => (one.scope === "cluster" ? [one] : []));
  const [first] = patterns;
  if (!first || subjects.length > 0)
    throw new Obstacle("its trust policy admits service accounts of single namespaces and of a pattern of namespaces");
  const { namespacePattern } = first;
  if (patterns.some((one) => one.namespacePattern !== namespacePattern))
    throw new Obstacle("its trust policy admits service accounts of several patterns of namespaces");
  const serviceAccounts = [...new Set(patterns.flatMap((one) => one.serviceAccounts))];
  return { scope: "cluster", namespacePattern, serviceAccounts };
}

function distinct(subjects: readonly Subject[]): Subject[] {
  return [...new Map(subjects.map((subject) => [`${subject.namespace}:${subject.serviceAccount}`, subject])).values()];
}

function admittedSubject(value: string): Admitted {
  if (/^(?:\*|system:serviceaccount:\*(?::\*)?)$/.test(value)) return { scope: "any-service-account" };
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:*?$]+|[a-z0-9-]*\*):([^:*?$]+)$/.exec(value) ?? [];
  if (namespace === undefined || serviceAccount === undefined) {
    throw new Obstacle(
      `its trust policy admits ${value}, which is neither a service account nor a pattern of namespaces such as z*`,
    );
  }
  if (namespace.endsWith("*"))
    return { scope: "cluster", namespacePattern: namespace, serviceAccounts: [serviceAccount] };
  return { scope: "environment", subjects: [{ namespace, serviceAccount }] };
}
