import { issuerHostPath, LONGEST_ISSUER, parseIssuer } from "../../iam/issuer";

const ID = "EXAMPLED539D4633E53DE1B71EXAMPLE";
const EKS = `https://oidc.eks.eu-west-3.amazonaws.com/id/${ID}`;

test.each([
  [EKS, "eu-west-3", "aws"],
  [`https://oidc.eks.cn-north-1.amazonaws.com.cn/id/${ID}`, "cn-north-1", "aws-cn"],
  [`https://oidc.eks.us-gov-west-1.amazonaws.com/id/${ID}`, "us-gov-west-1", "aws-us-gov"],
  [`https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/${ID}`, "eusc-de-east-1", "aws-eusc"],
  [`https://oidc.eks.us-iso-east-1.c2s.ic.gov/id/${ID}`, "us-iso-east-1", "aws-iso"],
  [`https://oidc.eks.us-isob-east-1.sc2s.sgov.gov/id/${ID}`, "us-isob-east-1", "aws-iso-b"],
  [`https://oidc.eks.eu-isoe-west-1.cloud.adc-e.uk/id/${ID}`, "eu-isoe-west-1", "aws-iso-e"],
  [`https://oidc.eks.us-isof-south-1.csp.hci.ic.gov/id/${ID}`, "us-isof-south-1", "aws-iso-f"],
])("accepts the EKS issuer %s", (url, region, partition) => {
  expect(parseIssuer(url)).toEqual({ url, hostPath: issuerHostPath(url), region, partition });
});

test.each([
  "https://issuer.example",
  "https://issuer.example/Some/Path-1_2.~3",
  "https://keys.example/keys",
  "https://s3-us-west-2.amazonaws.com/my-bucket",
  "https://s3.eu-west-3.amazonaws.com/my-bucket/cluster",
  "https://my.bucket.s3.eu-west-3.amazonaws.com",
  "https://my-bucket.s3.dualstack.eu-west-3.amazonaws.com",
  "https://d111111abcdef8.cloudfront.net",
  `https://e.example/${"x".repeat(LONGEST_ISSUER - 18)}`,
])("accepts the issuer %s of a self-managed cluster", (url) => {
  expect(parseIssuer(url)).toEqual({ url, hostPath: url.slice("https://".length) });
});

test.each([
  ` ${EKS}`,
  `${EKS} `,
  `${EKS}\u00a0`,
  `\u200b${EKS}`,
  `"${EKS}"`,
  EKS.replace("https", "http"),
  EKS.slice("https://".length),
  EKS.replace("https", "HTTPS"),
  EKS.replace("oidc", "OIDC"),
  EKS.toLowerCase(),
  `${EKS}/`,
  `${EKS}//`,
  `${EKS}:sub`,
  `${EKS.slice("https://".length)}:aud`,
  `${EKS}/.well-known/openid-configuration`,
  `${EKS}/keys`,
  `${EKS}?x=y`,
  `${EKS}#`,
  EKS.replace(".com/", ".com:443/"),
  EKS.replace(".com/", ".com./"),
  `arn:aws:iam::123456789012:oidc-provider/${EKS.slice("https://".length)}`,
  `https://oidc-eks.eu-west-3.api.aws/id/${ID}`,
  `https://oidc-eks.eu-west-3.api.aws/id/${ID}/`,
  `https://oidc.eu-west-3.eks.amazonaws.com/id/${ID}`,
  `https://eks.eu-west-3.amazonaws.com/id/${ID}`,
  `https://oidc.eks.eu-west-3.amazonaws.com.cn/id/${ID}`,
  `https://oidc-eks.eu-west-3.api.amazonwebservices.com.cn/id/${ID}`,
])("proposes the EKS issuer for %j", (text) => {
  expect(parseIssuer(text)).toEqual({ problem: expect.stringMatching(/./), fix: `use ${EKS}` });
});

test.each([
  [`https://oidc-eks.cn-north-1.api.aws/id/${ID}`, `https://oidc.eks.cn-north-1.amazonaws.com.cn/id/${ID}`],
  [`https://oidc.eks.eusc-de-east-1.amazonaws.com/id/${ID}`, `https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/${ID}`],
  ["https://Issuer.example/Path", "https://issuer.example/Path"],
  ["https://issuer.example:8443/x", "https://issuer.example/x"],
  ["https://issuer.example/x?y", "https://issuer.example/x"],
])("proposes for %s the issuer %s", (text, proposed) => {
  expect(parseIssuer(text)).toEqual({ problem: expect.stringMatching(/./), fix: `use ${proposed}` });
  expect(parseIssuer(proposed)).not.toHaveProperty("problem");
});

const API_SERVER = `https://${"0123456789ABCDEF".repeat(2)}.gr7.eu-west-3.eks.amazonaws.com`;

test.each([
  ["", "https://"],
  ["https://", "URL"],
  ["https://a b.example", "URL"],
  ["https://é.example", "URL"],
  ["https://*", "URL"],
  ["https://*.example", "URL"],
  ["https://localhost", "URL"],
  ["https://10.0.0.1/x", "URL"],
  ["https://issuer.example/a/../b", "URL"],
  ["https://issuer.example/a//b", "URL"],
  ["https://issuer.example/*", "URL"],
  ["https://issuer.example/${x}", "URL"],
  ["https://issuer.example/a:b", "URL"],
  ["https://user:secret@issuer.example/x", "user name"],
  [`https://@oidc.eks.eu-west-3.amazonaws.com/id/${ID}`, "user name"],
  [`${EKS.replace("amazonaws.com", "amazonaws.com.evil.example")}`, "evil.example"],
  [`https://eu-west-3.amazonaws.com.evil.example/id/${ID}`, "evil.example"],
  [`https://oidc.eks.evil.example/id/${ID}`, "evil.example"],
  ["https://kubernetes.default.svc", "cannot reach"],
  ["https://kubernetes.default.svc.cluster.local", "cannot reach"],
  [`https://e.example/${"x".repeat(LONGEST_ISSUER - 17)}`, "256 characters"],
  [`https://oidc.eks.paris.amazonaws.com/id/${ID}`, '"paris"'],
  [API_SERVER, "API server"],
  [API_SERVER.toLowerCase(), "API server"],
  [`${API_SERVER}/`, "slash"],
  ["https://eks-cluster.eu-west-3.api.aws", "API server"],
  ["https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_X", "cognito-idp"],
  ["https://evils3.amazonaws.com", "evils3"],
  ["https://oidc.eks.eu-west-3.amazonaws.com", "/id/"],
  [EKS.slice(0, -1), "31 characters"],
  [`${EKS}0`, "33 characters"],
  [`${EKS}/x`, "/id/"],
  [EKS.replace("0", "-").replace(/.$/, "_"), "ID"],
])("rejects %s without a proposed issuer: %s", (text, problem) => {
  const found = parseIssuer(text);
  expect(found).toEqual({ problem: expect.stringContaining(problem), fix: expect.stringMatching(/./) });
  expect(JSON.stringify(found)).not.toContain("secret");
  expect(found).not.toHaveProperty("fix", expect.stringContaining("https://"));
});
