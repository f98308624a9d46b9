import { issuerHostPath, LONGEST_ISSUER, parseIssuer } from "../../iam/issuer";

const ID = "EXAMPLED539D4633E53DE1B71EXAMPLE";

describe("issuers", () => {
  test.each([
    [`https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`, "eu-west-3", "aws"],
    [`https://oidc.eks.cn-north-1.amazonaws.com.cn/id/${ID}`, "cn-north-1", "aws-cn"],
    [`https://oidc.eks.us-gov-west-1.amazonaws.com/id/${ID}`, "us-gov-west-1", "aws-us-gov"],
    [`https://oidc-eks.eu-west-3.api.aws/id/${ID}`, "eu-west-3", "aws"],
    [`https://oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/${ID}`, "cn-north-1", "aws-cn"],
  ])("accepts the EKS issuer %s", (url, region, partition) => {
    expect(parseIssuer(url)).toEqual({ url, hostPath: issuerHostPath(url), region, partition });
  });

  test.each([
    "https://issuer.example",
    "https://issuer.example/Some/Path:8443",
    `https://e.example/${"x".repeat(LONGEST_ISSUER - 18)}`,
  ])("accepts the issuer %s of a self-managed cluster", (url) => {
    expect(parseIssuer(url)).toEqual({ url, hostPath: url.slice("https://".length) });
  });

  test.each([
    [
      `http://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
      "not https",
      `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
    ],
    [
      `oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
      "begin with https",
      `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
    ],
    ["https://", "not a URL", "EKS console"],
    ["https://a b.example", "not a URL", "EKS console"],
    ["https://é.example", "not a URL", "EKS console"],
    ["https://user:pw@issuer.example/x", "user name", "https://issuer.example/x"],
    ["https://issuer.example/x?y", "query", "https://issuer.example/x"],
    ["https://issuer.example/x#", "fragment", "https://issuer.example/x"],
    [`https://e.example/${"x".repeat(LONGEST_ISSUER - 17)}`, "256 characters", "255"],
    ["https://Issuer.example/Path", "upper-case", "https://issuer.example/Path"],
    ["HTTPS://issuer.example/Path", "upper-case", "https://issuer.example/Path"],
    [
      `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}/`,
      "slash",
      `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
    ],
    [
      `https://oidc.eu-west-3.eks.amazonaws.com/id/${ID}`,
      "wrong order",
      `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
    ],
    ["https://issuer.example:8443/x", "port number", "use https://issuer.example/x"],
    ["https://issuer.example:443", "port number", "use https://issuer.example"],
    [`https://oidc.eks.paris.amazonaws.com/id/${ID}`, '"paris" in place of a region', "EKS console"],
    [
      `https://eks.eu-west-3.amazonaws.com/id/${ID}`,
      "host of the EKS API",
      `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`,
    ],
    [`https://oidc.eks.cn-north-1.amazonaws.com/id/${ID}`, "does not go with", "EKS console"],
    [`https://oidc.eks.eu-west-3.amazonaws.com.cn/id/${ID}`, "does not go with", "EKS console"],
    [`https://oidc-eks.cn-north-1.api.aws/id/${ID}`, "does not go with", "EKS console"],
    [`https://oidc-eks.eu-west-3.api.amazonwebservices.com.cn/id/${ID}`, "does not go with", "EKS console"],
    ["https://oidc.eks.eu-west-3.amazonaws.com", "/id/", "/id/"],
    [`https://oidc.eks.eu-west-3.amazonaws.com/id/${ID.toLowerCase()}`, "lower-case", `/id/${ID}`],
    [`https://oidc.eks.eu-west-3.amazonaws.com/id/${ID.slice(1)}`, "31 characters", "32"],
    [`https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}0`, "33 characters", "32"],
  ])("rejects %s: %s", (url, problem, fix) => {
    expect(parseIssuer(url)).toEqual({ problem: expect.stringContaining(problem), fix: expect.stringContaining(fix) });
  });
});
