import { z } from "zod";

const names = z.array(z.string()).optional();

/** A further statement of a trust policy. */
export const additionalTrustSchema = z.strictObject({
  principals: z
    .strictObject({
      AWS: names.meta({
        description:
          'ARNs of roles, users and accounts (`arn:aws:iam::123456789012:root`), account IDs, or `"*"` for everyone with an AWS account. IAM refuses the ARN of a role that does not exist yet: use the account with a condition on `aws:PrincipalArn`.',
      }),
      Service: names.meta({ description: "AWS services, such as `pods.eks.amazonaws.com`." }),
      Federated: names.meta({
        description:
          "ARNs of OIDC and SAML providers of the account, except those of declared clusters: `scope`, `namespace` and `trustedClusters` determine the trust in clusters.",
      }),
    })
    .meta({ description: "Who can assume the role." }),
  actions: z.array(z.string()).meta({
    description:
      "`sts:AssumeRole` for `AWS` and `Service`, `sts:AssumeRoleWithWebIdentity` or `sts:AssumeRoleWithSAML` for `Federated`; `sts:TagSession` and `sts:SetSourceIdentity` too.",
  }),
  conditions: z
    .record(z.string(), z.looseObject({}))
    .optional()
    .meta({ description: "Conditions, as in a policy: operator, condition key, value or list of values." }),
});
