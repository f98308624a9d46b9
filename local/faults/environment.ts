import { type Fault, fault } from "./fault";
import { ROLE, roleArnOf } from "./sample-names";

const KEYS = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

/** One variable can hold an eighth of a megabyte at most. */
const MEGABYTE = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`BIG_${index}`, "x".repeat(120_000)]));

const PODS_TOKEN = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/token";

/** What the webhook injects, what the user sets on Qovery, and what must make no difference. */
export const environmentFaults: readonly Fault[] = [
  fault("QV101", 1, "the service account has no annotation, or the service does not run as it", {
    annotation: null,
    core: true,
  }),
  fault("QV101", 1, "the pod has no injected variables, and `--role-arn` names a role", {
    annotation: null,
    flags: ["--role-arn", ROLE],
  }),
  fault("QV102", 1, "`AWS_ROLE_ARN` is set as a variable of the service", {
    variables: { AWS_ROLE_ARN: ROLE },
    core: true,
  }),
  fault("QV103", 1, "`AWS_WEB_IDENTITY_TOKEN_FILE` is set as a variable of the service", {
    variables: { AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" },
    core: true,
  }),
  fault("QV104", 1, "the annotation has quotes", { annotation: `"${ROLE}"`, shows: ROLE, core: true }),
  fault("QV104", 1, "the annotation ends with a space", { annotation: `${ROLE} `, shows: `${ROLE} ` }),
  fault("QV104", 1, "the annotation names a session instead of a role", {
    annotation: "arn:aws:sts::123456789012:assumed-role/my-s3-role/session",
    shows: "arn:aws:sts::123456789012:assumed-role/my-s3-role/session",
  }),
  fault("QV104", 1, "the annotation names a policy instead of a role", {
    annotation: "arn:aws:iam::123456789012:policy/my-s3-role",
    shows: "arn:aws:iam::123456789012:policy/my-s3-role",
  }),
  fault("QV104", 1, "the account ID in the annotation has 11 digits", {
    annotation: "arn:aws:iam::12345678901:role/my-s3-role",
    shows: "arn:aws:iam::12345678901:role/my-s3-role",
  }),
  fault("QV104", 1, "the annotation is a secret key", {
    annotation: KEYS.AWS_SECRET_ACCESS_KEY,
    hides: [KEYS.AWS_SECRET_ACCESS_KEY],
  }),
  fault("QV105", 1, "the annotation changed after the pod started, so the pod has another role than `--role-arn`", {
    flags: ["--role-arn", roleArnOf("renamed-role")],
    shows: [ROLE, roleArnOf("renamed-role")],
    core: true,
  }),
  fault("QV106", 1, "`AWS_DEFAULT_REGION` is set, so the webhook injects no `AWS_REGION`", {
    variables: { AWS_DEFAULT_REGION: "eu-west-3" },
    shows: "AWS_DEFAULT_REGION",
    core: true,
  }),
  fault("QV106", 1, "`AWS_REGION` is the name of a city", { variables: { AWS_REGION: "Paris" }, shows: "AWS_REGION" }),
  fault("QV106", 1, "`AWS_REGION` is an availability zone", {
    variables: { AWS_REGION: "eu-west-3a" },
    shows: "eu-west-3a",
  }),
  fault("QV107", 1, "the role is in AWS China and the pod is in Europe", {
    annotation: "arn:aws-cn:iam::123456789012:role/my-s3-role",
    shows: ["aws-cn", "eu-west-3"],
    core: true,
  }),
  fault("QV107", 1, "the region is in AWS GovCloud and the role is in the commercial partition", {
    variables: { AWS_REGION: "us-gov-west-1" },
    shows: ["us-gov-west-1", "aws-us-gov"],
  }),
  fault("QV107", 1, "the region is in the European Sovereign Cloud and the role is in the commercial partition", {
    variables: { AWS_REGION: "eusc-de-east-1" },
    shows: ["eusc-de-east-1", "aws-eusc"],
  }),
  fault("QV108", 1, "the service account has an EKS Pod Identity association instead of an annotation", {
    annotation: null,
    variables: {
      AWS_REGION: "eu-west-3",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: PODS_TOKEN,
    },
    shows: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  }),
  fault("QV120", 0, "static keys are set: the role works, but the application does not use it", {
    variables: KEYS,
    shows: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    core: true,
  }),
  fault("QV120", 1, "static keys are set, with `--strict`", {
    variables: KEYS,
    flags: ["--strict"],
    shows: "AWS_ACCESS_KEY_ID",
  }),
  fault("QV120", 0, "static keys are set under the old names `AWS_ACCESS_KEY` and `AWS_SECRET_KEY`", {
    variables: { AWS_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, AWS_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY },
    shows: ["AWS_ACCESS_KEY", "AWS_SECRET_KEY"],
    hides: Object.values(KEYS),
  }),
  fault("QV121", 0, "`AWS_PROFILE` names a profile that does not exist", {
    variables: { AWS_PROFILE: "production" },
    shows: "AWS_PROFILE",
  }),
  fault("QV121", 0, "`AWS_CONFIG_FILE` names a file that is not an INI file", {
    variables: ({ authority }) => ({ AWS_CONFIG_FILE: authority }),
    shows: "authority.crt",
  }),
  fault("QV121", 0, "`~/.aws/credentials` holds keys", {
    home: { ".aws/credentials": `[default]\naws_access_key_id = ${KEYS.AWS_ACCESS_KEY_ID}\n` },
    shows: ".aws/credentials",
    hides: [KEYS.AWS_ACCESS_KEY_ID],
  }),
  fault(null, 0, "`~/.aws/config` holds only a region, with `--strict`", {
    home: { ".aws/config": "[default]\nregion = us-east-1\n" },
    flags: ["--strict", "--allow-endpoint"],
  }),
  fault("QV122", 0, "`AWS_ENDPOINT_URL` sends every call to an emulator", { shows: "AWS_ENDPOINT_URL" }),
  fault("QV501", 3, "`AWS_ENDPOINT_URL` is not a URL", {
    variables: { AWS_ENDPOINT_URL: "sts.eu-west-3.amazonaws.com" },
    shows: "AWS_ENDPOINT_URL",
    core: true,
  }),
  fault("QV501", 3, "`AWS_ENDPOINT_URL_S3` is the URI of a bucket", {
    variables: { AWS_ENDPOINT_URL_S3: "s3://my-bucket" },
    shows: "AWS_ENDPOINT_URL_S3",
  }),
  fault("QV501", 3, "`AWS_ENDPOINT_URL_STS` has a password and no scheme", {
    variables: { AWS_ENDPOINT_URL_STS: "admin:endpoint-password@host" },
    shows: "AWS_ENDPOINT_URL_STS",
    hides: ["endpoint-password"],
  }),
  fault("QV123", 0, "`AWS_STS_REGIONAL_ENDPOINTS` is `legacy`", {
    variables: { AWS_STS_REGIONAL_ENDPOINTS: "legacy" },
    shows: "legacy",
  }),
  fault("QV123", 0, "`AWS_REGION` and `AWS_DEFAULT_REGION` differ", {
    variables: { AWS_REGION: "eu-west-3", AWS_DEFAULT_REGION: "us-east-1" },
    shows: ["us-east-1", "eu-west-3"],
  }),
  fault("QV124", 0, "`AWS_ROLE_SESSION_NAME` has a space and a slash", {
    variables: { AWS_ROLE_SESSION_NAME: "my app/1" },
    shows: "AWS_ROLE_SESSION_NAME",
  }),
  fault("QV124", 0, "`AWS_CA_BUNDLE` does not trust AWS, and Node's certificates do", {
    tls: "trusted",
    variables: ({ authority, otherAuthority }) => ({ AWS_CA_BUNDLE: otherAuthority, NODE_EXTRA_CA_CERTS: authority }),
    shows: "AWS_CA_BUNDLE",
  }),
  fault(null, 0, "the environment holds a megabyte of other variables", { variables: MEGABYTE }),
  fault(null, 0, "`NODE_OPTIONS` and `NODE_ENV` are set for the application", {
    variables: { NODE_OPTIONS: "--require /app/tracing.js --inspect-brk", NODE_ENV: "production" },
    core: true,
  }),
  fault(null, 0, "`NODE_EXTRA_CA_CERTS` names a file that does not exist", {
    variables: { NODE_EXTRA_CA_CERTS: "/etc/ssl/none.pem" },
    core: true,
  }),
  fault(null, 0, "the locale and the time zone do not exist", {
    variables: { LANG: "tlh_KX.KOI8-R", LC_ALL: "POSIX", TZ: "Mars/Olympus" },
    core: true,
  }),
  fault(null, 0, "`AWS_RETRY_MODE` and `AWS_MAX_ATTEMPTS` have invalid values", {
    variables: { AWS_RETRY_MODE: "fast", AWS_MAX_ATTEMPTS: "many" },
  }),
  fault(null, 0, "standard output is closed", { closedOutput: true }),
];
