import type { Project } from "../../config/project";
import { dnsSuffix, type Partition } from "../../iam/partition";
import { load } from "../config/files";

/** A region of each partition. */
export const REGIONS: Readonly<Record<Partition, string>> = {
  aws: "eu-west-3",
  "aws-cn": "cn-north-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
  "aws-us-gov": "us-gov-west-1",
};

/** Returns the files of a cluster in a partition, with a role that has policies of every kind. */
export function filesIn(partition: Partition): Record<string, string> {
  const region = REGIONS[partition];
  return {
    "irsa.yaml": `state: { backend: s3, bucket: acme-state, region: ${region}, keyPrefix: irsa/ }
verification: { runner: kubernetes, image: "registry.acme.example/verifier:1.0.0" }
bootstrap: { github: { repository: acme/platform } }
`,
    "clusters/edge.yaml": `accountId: "123456789012"
oidc:
  issuer: https://oidc.eks.${region}.${dnsSuffix(partition)}/id/0123456789ABCDEF0123456789ABCDEF
  provider: create
kubernetes: { access: eks, clusterName: edge }
permissionsBoundary: arn:${partition}:iam::123456789012:policy/team/boundary
roles:
  reader:
    namespace: z1-app
    path: /team/
    policies: [AmazonS3ReadOnlyAccess, "arn:${partition}:iam::123456789012:policy/own"]
    inlinePolicies:
      objects:
        Version: "2012-10-17"
        Statement: { Effect: Allow, Action: s3:GetObject, Resource: "arn:${partition}:s3:::acme/*" }
`,
  };
}

export function projectIn(partition: Partition): Project {
  const { project, problems } = load(filesIn(partition));
  if (!project) throw new Error(JSON.stringify(problems));
  return project;
}
