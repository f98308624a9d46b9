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

test("recognizes a misspelled name", () => {
  expect(isKnownManagedPolicy("AmazonS3ReadOnlyAccess")).toBe(true);
  expect(isKnownManagedPolicy("AmazonS3ReadonlyAcess")).toBe(false);
  expect(nearestManagedPolicy("AmazonS3ReadonlyAcess")).toBe("AmazonS3ReadOnlyAccess");
  expect(nearestManagedPolicy("qqqqqqqqqqqqqqqqqqqqq")).toBeUndefined();
});
