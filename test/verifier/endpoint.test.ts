import { brokenRedirection, redirection } from "../../verifier/endpoint";

const URL = "https://vpce-1.sts.eu-west-3.vpce.amazonaws.com";

describe("where a service's calls are redirected to", () => {
  test("a service's own variable wins, and one that is empty counts as none", () => {
    const env = { AWS_ENDPOINT_URL: "https://all.example", AWS_ENDPOINT_URL_STS: URL, AWS_ENDPOINT_URL_S3: "" };
    expect(redirection("STS", env)).toEqual({ variable: "AWS_ENDPOINT_URL_STS", url: URL });
    expect(redirection("S3", env)).toEqual({ variable: "AWS_ENDPOINT_URL", url: "https://all.example" });
    expect(redirection("S3", {})).toBeUndefined();
  });

  test("nowhere where redirections are ignored", () => {
    const env = { AWS_ENDPOINT_URL: URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    expect(redirection("STS", env)).toBeUndefined();
    expect(brokenRedirection({ ...env, AWS_ENDPOINT_URL: "none" })).toBeUndefined();
  });
});

describe("a redirection that SDKs refuse", () => {
  test.each<[Record<string, string>, string]>([
    [{ AWS_ENDPOINT_URL: "sts.example" }, "AWS_ENDPOINT_URL"],
    [{ AWS_ENDPOINT_URL_S3: "s3://bucket" }, "AWS_ENDPOINT_URL_S3"],
    [{ AWS_ENDPOINT_URL: URL, AWS_USE_DUALSTACK_ENDPOINT: "true" }, "AWS_USE_DUALSTACK_ENDPOINT"],
    [{ AWS_ENDPOINT_URL_STS: URL, AWS_USE_FIPS_ENDPOINT: "true" }, "AWS_USE_FIPS_ENDPOINT"],
  ])("%j", (env, variable) => {
    expect(brokenRedirection(env)).toMatchObject({ code: "QV501", detail: expect.stringContaining(variable) });
    expect(brokenRedirection(env)?.fix).toContain(variable);
  });

  test.each<Record<string, string>>([
    {},
    { AWS_ENDPOINT_URL: URL },
    { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" },
    { AWS_ENDPOINT_URL: URL, AWS_USE_FIPS_ENDPOINT: "false" },
  ])("not %j", (env) => expect(brokenRedirection(env)).toBeUndefined());
});
