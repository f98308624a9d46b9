import { redirection } from "../../verifier/aws/endpoint";
import { brokenRedirection } from "../../verifier/checks/redirection";

const BOTH = ["STS", "S3"] as const;
const ALL = "http://aws.acme:4566";

test("a service's own variable wins, and all can be switched off", () => {
  const env = { AWS_ENDPOINT_URL: ALL, AWS_ENDPOINT_URL_S3: "https://s3.acme" };
  expect(redirection("S3", env)).toEqual({ variable: "AWS_ENDPOINT_URL_S3", url: "https://s3.acme" });
  expect(redirection("STS", env)).toEqual({ variable: "AWS_ENDPOINT_URL", url: ALL });
  expect(redirection("STS", { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" })).toBeUndefined();
  expect(redirection("STS", { AWS_ENDPOINT_URL: "" })).toBeUndefined();
});

test.each(["sts.eu-west-3.amazonaws.com", "s3://bucket", "ftp://aws.acme", "http//aws.acme", "https://"])(
  "%j is no endpoint, and the variable to delete is named",
  (url) => {
    expect(brokenRedirection(BOTH, { AWS_ENDPOINT_URL: url })).toMatchObject({
      code: "QV501",
      detail: `AWS_ENDPOINT_URL is ${JSON.stringify(url)}, which is not the URL of an endpoint`,
      fix: expect.stringContaining("delete AWS_ENDPOINT_URL on Qovery"),
    });
    expect(brokenRedirection(BOTH, { AWS_ENDPOINT_URL: ALL, AWS_ENDPOINT_URL_S3: url })?.detail).toMatch(
      /^AWS_ENDPOINT_URL_S3 /,
    );
  },
);

test("endpoints that are URLs, or none, are well", () => {
  expect(brokenRedirection(BOTH, {})).toBeUndefined();
  expect(brokenRedirection(BOTH, { AWS_ENDPOINT_URL: ALL, AWS_ENDPOINT_URL_STS: "https://sts.acme" })).toBeUndefined();
});

test.each<[string, string]>([
  ["AWS_ENDPOINT_URL", "AWS_USE_DUALSTACK_ENDPOINT"],
  ["AWS_ENDPOINT_URL_STS", "AWS_USE_FIPS_ENDPOINT"],
])("%s beside %s is what SDKs refuse, and both are named", (variable, choice) => {
  expect(brokenRedirection(BOTH, { [variable]: ALL, [choice]: "true" })).toMatchObject({
    code: "QV501",
    detail: expect.stringContaining(`${variable} and ${choice}=true are both set`),
    fix: expect.stringContaining(`delete ${variable} or ${choice} on Qovery`),
  });
  expect(brokenRedirection(BOTH, { [variable]: ALL, [choice]: "false" })).toBeUndefined();
  expect(brokenRedirection(BOTH, { [choice]: "true" })).toBeUndefined();
});
