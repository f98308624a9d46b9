import { redirection } from "../../verifier/aws/endpoint";
import { brokenRedirection } from "../../verifier/checks/redirection";
import { expectFailure } from "./failure";

const BOTH = ["STS", "S3"] as const;
const ALL = "http://aws.acme:4566";

test("the variable of a service takes precedence, and all can be ignored", () => {
  const env = { AWS_ENDPOINT_URL: ALL, AWS_ENDPOINT_URL_S3: "https://s3.acme" };
  expect(redirection("S3", env)).toEqual({ variable: "AWS_ENDPOINT_URL_S3", url: "https://s3.acme" });
  expect(redirection("STS", env)).toEqual({ variable: "AWS_ENDPOINT_URL", url: ALL });
  expect(redirection("STS", { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" })).toBeUndefined();
  expect(redirection("STS", { AWS_ENDPOINT_URL: "" })).toBeUndefined();
});

test.each(["sts.eu-west-3.amazonaws.com", "s3://bucket", "ftp://aws.acme", "http//aws.acme", "https://"])(
  "%j is not the URL of an endpoint, and its variable is named",
  (url) => {
    expectFailure(brokenRedirection(BOTH, { AWS_ENDPOINT_URL: url }), "QV501", "AWS_ENDPOINT_URL");
    const one = brokenRedirection(BOTH, { AWS_ENDPOINT_URL: ALL, AWS_ENDPOINT_URL_S3: url });
    expectFailure(one, "QV501", "AWS_ENDPOINT_URL_S3");
  },
);

test("URLs and unset variables are accepted", () => {
  expect(brokenRedirection(BOTH, {})).toBeUndefined();
  expect(brokenRedirection(BOTH, { AWS_ENDPOINT_URL: ALL, AWS_ENDPOINT_URL_STS: "https://sts.acme" })).toBeUndefined();
});

test.each<[string, string]>([
  ["AWS_ENDPOINT_URL", "AWS_USE_DUALSTACK_ENDPOINT"],
  ["AWS_ENDPOINT_URL_STS", "AWS_USE_FIPS_ENDPOINT"],
])("%s together with %s is QV501, because SDKs refuse it", (variable, choice) => {
  expectFailure(brokenRedirection(BOTH, { [variable]: ALL, [choice]: "true" }), "QV501", variable, choice);
  expect(brokenRedirection(BOTH, { [variable]: ALL, [choice]: "false" })).toBeUndefined();
  expect(brokenRedirection(BOTH, { [choice]: "true" })).toBeUndefined();
});
