import fc from "fast-check";
import KNOWN from "../../iam/aws-managed-policies.json";
import { awsManagedPolicyArn, isKnownManagedPolicy, nearestManagedPolicy } from "../../iam/managed-policies";

test.each([
  ["aws", "AmazonS3ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
  ["aws-cn", "AmazonS3ReadOnlyAccess", "arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess"],
  ["aws", "AmazonEBSCSIDriverPolicy", "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"],
  ["aws", "SystemAdministrator", "arn:aws:iam::aws:policy/job-function/SystemAdministrator"],
  ["aws", "ComesNextYear", "arn:aws:iam::aws:policy/ComesNextYear"],
] as const)("returns the ARN in partition %s of %s: %s", (partition, name, arn) => {
  expect(awsManagedPolicyArn(partition, name)).toBe(arn);
});

test.each([
  ["AmazonS3ReadonlyAcess", "AmazonS3ReadOnlyAccess"],
  ["amazons3readonlyaccess", "AmazonS3ReadOnlyAccess"],
  ["S3FullAccess", "AmazonS3FullAccess"],
  ["S3ReadOnlyAccess", "AmazonS3ReadOnlyAccess"],
  ["S3ReadOnly", "AmazonS3ReadOnlyAccess"],
  ["AWSS3FullAccess", "AmazonS3FullAccess"],
  ["LambdaFullAccess", "AWSLambda_FullAccess"],
  ["AmazonDynamoDBFulAccess", "AmazonDynamoDBFullAccess"],
  ["AmazonDynamoDbReadOnlyAcces", "AmazonDynamoDBReadOnlyAccess"],
  ["EBSCSIDriverPolicy", "AmazonEBSCSIDriverPolicy"],
  ["AdministratorAcces", "AdministratorAccess"],
  ["ReadOnlyAcces", "ReadOnlyAccess"],
  ["AmazonEC2ContainerRegistryPull", "AmazonEC2ContainerRegistryPullOnly"],
  ["SecretsManagerReadOnly", undefined],
  ["SecretsManagerRead", undefined],
  ["S3Access", undefined],
  ["AmazonS4FullAccess", undefined],
  ["AmazonDynamoDBAccess", undefined],
  ["FullAccess", undefined],
  ["qqqqqqqqqqqqqqqqqqqqq", undefined],
  ["", undefined],
])("suggests for %s: %s", (name, meant) => {
  expect(isKnownManagedPolicy(name)).toBe(false);
  expect(nearestManagedPolicy(name)).toBe(meant);
});

test("suggests full access only for the misspelled name of a policy with full access", () => {
  const names = Object.values(KNOWN).flat();
  const letter = fc.constantFrom("", "x", "e");
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), letter, (name, at, replacement) => {
      const index = at % name.length;
      const meant = nearestManagedPolicy(name.slice(0, index) + replacement + name.slice(index + 1)) ?? "";
      return !/full|admin/i.test(meant) || /full|admin/i.test(name);
    }),
    { numRuns: 50 },
  );
});
