import {
  dnsSuffix,
  dualStackDnsSuffix,
  isPartition,
  isRegion,
  knownRegions,
  PARTITIONS,
  partitionOfRegion,
  regionStatus,
} from "../../iam/partition";

test.each([
  ["eu-west-3", "known", "aws", "amazonaws.com", "api.aws"],
  ["us-east-9", "possible", "aws", "amazonaws.com", "api.aws"],
  ["eu-wset-3", "possible", "aws", "amazonaws.com", "api.aws"],
  ["cn-north-1", "known", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"],
  ["us-gov-west-1", "known", "aws-us-gov", "amazonaws.com", "api.aws"],
  ["eusc-de-east-1", "known", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"],
  ["us-iso-east-1", "known", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"],
  ["us-isob-east-9", "possible", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"],
  ["eu-isoe-west-1", "known", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"],
  ["us-isof-east-1", "known", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"],
] as const)("%s is a %s region of partition %s", (region, status, partition, suffix, dualStack) => {
  expect(isRegion(region)).toBe(true);
  expect(regionStatus(region)).toBe(status);
  expect(partitionOfRegion(region)).toBe(partition);
  expect(dnsSuffix(partition)).toBe(suffix);
  expect(dualStackDnsSuffix(partition)).toBe(dualStack);
});

test.each([
  "",
  "eu-west",
  "EU-WEST-3",
  "eu-WEST-3",
  "eu_west_3",
  "eu-west-3 ",
  "eu-west-3.evil.example",
  "-west-3",
  "xx-west-1",
])("%j is not a region", (region) => {
  expect(isRegion(region)).toBe(false);
  expect(regionStatus(region)).toBe("impossible");
  expect(partitionOfRegion(region)).toBe("aws");
});

test("every known region has the naming scheme of exactly its partition", () => {
  expect(knownRegions().length).toBeGreaterThan(40);
  expect(knownRegions().filter((region) => region.endsWith("-global"))).toEqual([]);
  expect(new Set(knownRegions().map(partitionOfRegion))).toEqual(new Set(PARTITIONS));
});

test.each(["aws-x", "", "toString", "__proto__"])("%j is not a partition", (name) => {
  expect(isPartition(name)).toBe(false);
});
