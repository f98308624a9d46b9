import {
  DescribeClusterCommand,
  EKSClient,
  paginateListClusters,
  ResourceNotFoundException,
} from "@aws-sdk/client-eks";
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  NoSuchEntityException,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  paginateListRoles,
  type Role,
} from "@aws-sdk/client-iam";
import { parseArn } from "../iam/arn";
import { isPartition } from "../iam/partition";
import {
  type FoundAccount,
  type FoundCluster,
  type FoundProvider,
  type FoundRole,
  providerOf,
  type RoleDetails,
} from "./account";
import { Denied, explained } from "./aws-errors";
import type { Action } from "./permissions";
import { trustedProviders } from "./trust";

export interface ReadOptions {
  /** The name of the cluster in EKS. */
  readonly cluster: string;
  /** @default - the region of the environment or of the profile */
  readonly region?: string | undefined;
}

/** Roles that are read at the same time. IAM limits the calls of an account, and other programs need some. */
const CONCURRENCY = 4;

/** IAM throttles: the SDK slows down, and tries again. Without a network, the last attempt is after some seconds. */
const RETRIES = { maxAttempts: 7, retryMode: "adaptive" };

/**
 * Reads a cluster, its OIDC provider and the roles of its account, with calls that change nothing.
 * @throws Error with one message if AWS cannot be read
 */
export async function readAccount({ cluster: name, region }: ReadOptions): Promise<FoundAccount> {
  const settings = { ...RETRIES, ...(region === undefined ? {} : { region }) };
  const [eks, iam] = [new EKSClient(settings), new IAMClient(settings)];
  try {
    const cluster = await readCluster(eks, name);
    const { arn } = providerOf(cluster);
    const gaps = new Gaps();
    const provider = await gaps.unless(
      () => "unknown" as const,
      () => readProvider(iam, arn),
    );
    const providerArns = await gaps.unless(
      () => [],
      () => readProviderArns(iam),
    );
    const roles = (await readRoles(iam)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const trusting = roles.filter(({ trustPolicy }) => trustedProviders(trustPolicy).includes(arn));
    const details = await mapLimited(trusting, (role) =>
      gaps.unless(
        (action) => unread(role, action),
        () => readDetails(iam, role),
      ),
    );
    const found = details.filter((role) => role !== undefined);
    return { cluster, provider, providerArns, roles, trusting: found, gaps: gaps.sentences() };
  } finally {
    eks.destroy();
    iam.destroy();
  }
}

/** Collects what AWS denies. The command goes on without it. */
class Gaps {
  private readonly denials = new Map<string, { error: Denied; count: number }>();

  /** Reads, and returns another value if AWS denies a call. */
  async unless<T, E>(denied: (action: string) => E, read: () => Promise<T>): Promise<T | E> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      const { action } = error;
      this.denials.set(action, { error, count: (this.denials.get(action)?.count ?? 0) + 1 });
      return denied(action);
    }
  }

  sentences(): string[] {
    return [...this.denials.values()].map(({ error, count }) =>
      count === 1 ? error.message : `${error.message} (${count} times)`,
    );
  }
}

/** Makes a call. @throws Error with one message */
async function call<T>(action: Action, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw explained(action, error);
  }
}

/** Makes a call about an object that may not exist. */
async function lookUp<T>(action: Action, send: () => Promise<T>): Promise<T | undefined> {
  return call(action, async () => {
    try {
      return await send();
    } catch (error) {
      if (error instanceof NoSuchEntityException || error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  });
}

/** Collects the pages of a list. */
function pages<Page, Item>(
  action: Action,
  list: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  return call(action, async () => {
    const all: Item[] = [];
    for await (const page of list) all.push(...(items(page) ?? []));
    return all;
  });
}

async function readCluster(eks: EKSClient, name: string): Promise<FoundCluster> {
  const found = await lookUp("eks:DescribeCluster", () => eks.send(new DescribeClusterCommand({ name })));
  if (!found) throw await missingCluster(eks, name);
  const arn = parseArn(found.cluster?.arn ?? "");
  const issuer = found.cluster?.identity?.oidc?.issuer;
  if (issuer === undefined || !arn || !isPartition(arn.partition)) {
    throw new Error(
      `the EKS cluster ${name} has no OpenID Connect issuer (status ${found.cluster?.status}); wait until the cluster is active`,
    );
  }
  const { accountId, partition, region } = arn;
  return { name, accountId, partition, region, issuer };
}

async function missingCluster(eks: EKSClient, name: string): Promise<Error> {
  const region = await eks.config.region();
  const names = await new Gaps().unless(
    () => [],
    () => pages("eks:ListClusters", paginateListClusters({ client: eks }, {}), ({ clusters }) => clusters),
  );
  const fix =
    names.length === 0
      ? "the region has no cluster that these credentials can see; set --region to the region of the cluster"
      : `use one of ${names.toSorted().join(", ")}, or set --region to another region`;
  return new Error(`the EKS cluster ${name} does not exist in ${region}; ${fix}`);
}

async function readProvider(iam: IAMClient, arn: string): Promise<FoundProvider | "missing"> {
  const found = await lookUp("iam:GetOpenIDConnectProvider", () =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
  return found ? { clientIds: found.ClientIDList ?? [] } : "missing";
}

async function readProviderArns(iam: IAMClient): Promise<string[]> {
  const list = () => iam.send(new ListOpenIDConnectProvidersCommand({}));
  const { OpenIDConnectProviderList = [] } = await call("iam:ListOpenIDConnectProviders", list);
  return OpenIDConnectProviderList.flatMap(({ Arn }) => Arn ?? []);
}

async function readRoles(iam: IAMClient): Promise<FoundRole[]> {
  const roles = await pages("iam:ListRoles", paginateListRoles({ client: iam }, {}), ({ Roles }) => Roles);
  return roles.map((role) => ({
    name: role.RoleName ?? "",
    arn: role.Arn ?? "",
    path: role.Path ?? "/",
    trustPolicy: parsed(role.AssumeRolePolicyDocument),
  }));
}

/** Returns a role whose details AWS denies. */
function unread(role: FoundRole, action: string): RoleDetails {
  return { ...role, tags: new Map(), managedPolicies: [], inlinePolicies: [], unread: `AWS denies ${action}` };
}

/** Returns undefined if the role was deleted meanwhile. */
async function readDetails(iam: IAMClient, role: FoundRole): Promise<RoleDetails | undefined> {
  const RoleName = role.name;
  // ListRoles returns neither the boundary nor the tags.
  const found = await lookUp("iam:GetRole", () => iam.send(new GetRoleCommand({ RoleName })));
  if (!found?.Role) return undefined;
  const attached = await pages(
    "iam:ListAttachedRolePolicies",
    paginateListAttachedRolePolicies({ client: iam }, { RoleName }),
    ({ AttachedPolicies }) => AttachedPolicies,
  );
  const names = await pages(
    "iam:ListRolePolicies",
    paginateListRolePolicies({ client: iam }, { RoleName }),
    ({ PolicyNames }) => PolicyNames,
  );
  const inlinePolicies = [];
  for (const name of names.toSorted()) {
    const policy = await lookUp("iam:GetRolePolicy", () =>
      iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: name })),
    );
    if (policy) inlinePolicies.push({ name, document: parsed(policy.PolicyDocument) });
  }
  return {
    ...role,
    ...detailsOf(found.Role),
    managedPolicies: attached.flatMap(({ PolicyArn }) => PolicyArn ?? []).toSorted(),
    inlinePolicies,
  };
}

function detailsOf({ Description, MaxSessionDuration, PermissionsBoundary, Tags }: Role) {
  const boundary = PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    ...(Description ? { description: Description } : {}),
    ...(MaxSessionDuration === undefined ? {} : { maxSessionDuration: MaxSessionDuration }),
    ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
    tags: new Map((Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
  };
}

/** Parses a document, which IAM returns URL-encoded. */
function parsed(document: string | undefined): unknown {
  try {
    return JSON.parse(decodeURIComponent(document ?? ""));
  } catch {
    return undefined;
  }
}

async function mapLimited<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await map(next[1]);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}
