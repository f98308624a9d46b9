import { parseIssuer } from "../iam/issuer";
import { nearest } from "../iam/nearest";
import { knownRegions, partitionOfRegion, regionStatus } from "../iam/partition";
import type { ClusterDraft } from "./draft";
import { error, type Finding, type Path, warning } from "./problems";

/** Checks that the region of a cluster, the region of its issuer and the partition belong together. */
export function regionProblems({ data }: ClusterDraft): Finding[] {
  const issuer = parseIssuer(data.oidc?.issuer ?? "");
  if (data.oidc?.issuer === undefined || "problem" in issuer) return [];
  if (data.region === undefined) {
    if (issuer.region !== undefined) return unknownRegion(["oidc", "issuer"], issuer.region, issuer.url);
    if ("region" in data) return [];
    return [error(["region"], "is missing, and the issuer does not contain it", "add the AWS region of the cluster")];
  }
  if (issuer.region === undefined || issuer.region === data.region) return unknownRegion(["region"], data.region);
  const [own, other] = [partitionOfRegion(data.region), partitionOfRegion(issuer.region)];
  const partitions = own === other ? "" : ` (partitions ${own} and ${other})`;
  const message = `"${data.region}" differs from the region of the issuer, ${issuer.region}${partitions}`;
  return [error(["region"], message, `use ${issuer.region}, or remove the key`)];
}

/**
 * Warns about a region that AWS may have added after the table of regions was made.
 * @param value the value at the path, which contains the region @default - the region
 */
export function unknownRegion(path: Path, region: string, value = region): Finding[] {
  if (regionStatus(region) === "known") return [];
  const meant = nearest(region, knownRegions());
  const fix = meant === undefined ? "check the region" : `did you mean ${value.replace(region, meant)}?`;
  return [warning(path, `"${region}" is not a known AWS region`, fix)];
}
