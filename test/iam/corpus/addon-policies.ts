import { allow } from "./statements";

// Policies that the documentation of add-ons for Kubernetes describes, in other words and shapes.

const ACCOUNT = "123456789012";
const HERE = `eu-west-3:${ACCOUNT}`;
const ON_CLUSTER_TAG = { StringEquals: { "aws:ResourceTag/kubernetes.io/cluster/prod": "owned" } };

export const ADDONS: Readonly<Record<string, readonly object[]>> = {
  "Amazon EBS CSI driver": [
    allow(["ec2:CreateSnapshot", "ec2:ModifyVolume"], "arn:aws:ec2:*:*:volume/*"),
    allow("ec2:CreateSnapshot", "arn:aws:ec2:*:*:snapshot/*"),
    allow(["ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeVolumes"], "*"),
    allow("ec2:CreateTags", ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"], {
      StringEquals: { "ec2:CreateAction": ["CreateVolume", "CreateSnapshot"] },
    }),
    allow(["ec2:AttachVolume", "ec2:DetachVolume"], ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:instance/*"]),
    allow("ec2:CreateVolume", "arn:aws:ec2:*:*:volume/*", {
      StringLike: { "aws:RequestTag/ebs.csi.aws.com/cluster": "true" },
    }),
    allow("ec2:DeleteVolume", "arn:aws:ec2:*:*:volume/*", { StringLike: { "ec2:ResourceTag/CSIVolumeName": "*" } }),
  ],
  "Amazon EFS CSI driver": [
    allow(
      [
        "elasticfilesystem:DescribeAccessPoints",
        "elasticfilesystem:DescribeFileSystems",
        "ec2:DescribeAvailabilityZones",
      ],
      "*",
    ),
    allow("elasticfilesystem:CreateAccessPoint", "*", {
      StringLike: { "aws:RequestTag/efs.csi.aws.com/cluster": "true" },
    }),
    allow("elasticfilesystem:DeleteAccessPoint", "*", {
      StringEquals: { "aws:ResourceTag/efs.csi.aws.com/cluster": "true" },
    }),
  ],
  "AWS Load Balancer Controller": [
    allow(
      ["ec2:DescribeSubnets", "ec2:DescribeVpcs", "elasticloadbalancing:DescribeLoadBalancers", "acm:ListCertificates"],
      "*",
    ),
    allow("ec2:CreateTags", "arn:aws:ec2:*:*:security-group/*", {
      StringEquals: { "ec2:CreateAction": "CreateSecurityGroup" },
      Null: { "aws:RequestTag/elbv2.k8s.aws/cluster": "false" },
    }),
    allow(["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"], "*", {
      Null: { "aws:RequestTag/elbv2.k8s.aws/cluster": "false" },
    }),
    allow(
      ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
      [
        "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*",
        "arn:aws:elasticloadbalancing:*:*:loadbalancer/net/*/*",
        "arn:aws:elasticloadbalancing:*:*:loadbalancer/app/*/*",
      ],
    ),
    allow(
      ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
      "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*",
    ),
  ],
  "Cluster Autoscaler": [
    allow(
      [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeTags",
        "ec2:DescribeInstanceTypes",
        "eks:DescribeNodegroup",
      ],
      "*",
    ),
    allow(["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"], "*", ON_CLUSTER_TAG),
  ],
  Karpenter: [
    allow(
      ["ec2:RunInstances", "ec2:CreateFleet"],
      [
        "arn:aws:ec2:eu-west-3::image/*",
        "arn:aws:ec2:eu-west-3::snapshot/*",
        "arn:aws:ec2:eu-west-3:*:instance/*",
        "arn:aws:ec2:eu-west-3:*:network-interface/*",
        "arn:aws:ec2:eu-west-3:*:fleet/*",
        "arn:aws:ec2:eu-west-3:*:security-group/*",
        "arn:aws:ec2:eu-west-3:*:subnet/*",
      ],
    ),
    allow("ec2:RunInstances", "arn:aws:ec2:eu-west-3:*:launch-template/*", ON_CLUSTER_TAG),
    allow("iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/KarpenterNodeRole-prod`, {
      StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" },
    }),
    allow("iam:AddRoleToInstanceProfile", `arn:aws:iam::${ACCOUNT}:instance-profile/*`),
    allow("pricing:GetProducts", "*"),
    allow("eks:DescribeCluster", `arn:aws:eks:${HERE}:cluster/prod`),
    allow(["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"], `arn:aws:sqs:${HERE}:karpenter`),
  ],
  ExternalDNS: [
    allow("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/*"),
    allow(["route53:ListHostedZones", "route53:ListResourceRecordSets", "route53:ListTagsForResource"], "*"),
  ],
  "cert-manager with DNS-01": [
    allow("route53:GetChange", "arn:aws:route53:::change/*"),
    allow(
      ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"],
      "arn:aws:route53:::hostedzone/Z0123456789",
      {
        "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] },
      },
    ),
    allow("route53:ListHostedZonesByName", "*"),
  ],
  "External Secrets": [
    allow(
      ["secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"],
      `arn:aws:secretsmanager:${HERE}:secret:*`,
    ),
    allow("secretsmanager:ListSecrets", "*"),
  ],
  "CloudWatch agent": [
    allow(["cloudwatch:PutMetricData", "ec2:DescribeTags", "logs:DescribeLogGroups"], "*"),
    allow("cloudwatch:PutMetricData", "*", { StringEquals: { "cloudwatch:namespace": "ContainerInsights" } }),
  ],
  "Fluent Bit": [
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
      `arn:aws:logs:${HERE}:log-group:/aws/containerinsights/*:*`,
    ),
    allow("logs:CreateLogGroup", `arn:aws:logs:${HERE}:*`),
  ],
  Velero: [
    allow(["ec2:DescribeVolumes", "ec2:DescribeSnapshots"], "*"),
    allow(["s3:GetObject", "s3:DeleteObject", "s3:PutObject", "s3:AbortMultipartUpload"], "arn:aws:s3:::velero/*"),
    allow("s3:ListBucket", "arn:aws:s3:::velero"),
  ],
  "Amazon VPC CNI": [
    allow(
      ["ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:UnassignPrivateIpAddresses"],
      "arn:aws:ec2:*:*:network-interface/*",
    ),
    allow("ec2:AttachNetworkInterface", "arn:aws:ec2:*:*:instance/*"),
    allow("ec2:CreateTags", "arn:aws:ec2:*:*:network-interface/*"),
  ],
  "pull images": [
    allow("ecr:GetAuthorizationToken", "*"),
    allow(
      ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
      `arn:aws:ecr:${HERE}:repository/shop/*`,
    ),
  ],
  "Thanos and Loki": [
    allow(
      ["s3:ListBucket", "s3:GetObject", "s3:DeleteObject", "s3:PutObject"],
      ["arn:aws:s3:::thanos/*", "arn:aws:s3:::thanos"],
    ),
  ],
  "X-Ray daemon": [allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"], "*")],
  "Amazon Managed Prometheus": [
    allow(["aps:RemoteWrite", "aps:QueryMetrics", "aps:GetSeries"], `arn:aws:aps:${HERE}:workspace/*`),
  ],
};
