import type { Conditions } from "../../iam/policy-types";
import { opening } from "../../iam/trust-openness";
import type { PrincipalType } from "../../iam/trust-statement";

const ROOT = "arn:aws:iam::123456789012:root";
const ROLE = "arn:aws:iam::123456789012:role/deployer";
const GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const OTHER = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/path";

const equals = (key: string, value: string, operator = "StringEquals"): Conditions => ({
  [operator]: { [key]: value },
});
const like = (key: string, value: string) => equals(key, value, "StringLike");
const arn = (value: string) => equals("aws:PrincipalArn", value, "ArnLike");

test.each<[PrincipalType, string, Conditions | undefined]>([
  ["AWS", "*", undefined],
  ["AWS", "*", {}],
  ["AWS", "*", arn("*")],
  ["AWS", "*", arn("arn:aws:iam::*:role/deployer")],
  ["AWS", "*", equals("sts:ExternalId", "x")],
  ["AWS", "*", like("aws:PrincipalOrgID", "*")],
  ["AWS", "*", like("aws:PrincipalOrgID", "o-*")],
  ["AWS", "*", like("aws:PrincipalOrgPaths", "o-*/r-x/")],
  ["AWS", "*", like("aws:PrincipalAccount", "1*")],
  ["AWS", "*", like("aws:userid", "AROA*")],
  ["AWS", "*", equals("aws:PrincipalOrgID", "o-1", "StringNotEquals")],
  ["AWS", "*", equals("aws:PrincipalOrgID", "o-1", "StringEqualsIfExists")],
  ["AWS", "*", equals("aws:PrincipalOrgID", "o-1", "ForAllValues:StringEquals")],
  ["AWS", "*", equals("aws:PrincipalOrgID", "false", "Null")],
  ["AWS", ROOT, undefined],
  ["AWS", "123456789012", undefined],
  ["AWS", ROOT, arn("arn:aws:iam::123456789012:role/*")],
  ["AWS", ROOT, arn("arn:aws:iam::123456789012:*")],
  ["AWS", ROOT, arn("arn:aws:iam::123456789012:role/?*")],
  ["AWS", ROOT, arn("arn:aws:iam::123456789012:role/**")],
  ["AWS", ROOT, like("aws:PrincipalArn", "arn:aws:iam::*")],
  ["AWS", ROOT, equals("aws:MultiFactorAuthPresent", "true", "Bool")],
  ["Service", "lambda.amazonaws.com", undefined],
  ["Service", "lambda.amazonaws.com", like("aws:SourceArn", "*")],
  ["Service", "lambda.amazonaws.com", equals("aws:SourceArn", "arn:aws:lambda:*:*:function:*", "ArnLike")],
  ["Service", "pods.eks.amazonaws.com", undefined],
  ["Service", "pods.eks.amazonaws.com", equals("aws:RequestTag/kubernetes-namespace", "z1")],
  ["Federated", GITHUB, undefined],
  ["Federated", GITHUB, equals("token.actions.githubusercontent.com:aud", "sts.amazonaws.com")],
  ["Federated", GITHUB, like("token.actions.githubusercontent.com:sub", "*")],
  ["Federated", GITHUB, like("token.actions.githubusercontent.com:sub", "repo:*")],
  ["Federated", GITHUB, like("token.actions.githubusercontent.com:sub", "repo:acme*/x:*")],
  ["Federated", OTHER, like("oidc.example.com:sub", "me")],
  ["Federated", OTHER, like("oidc.example.com/path:sub", "system:serviceaccount:*:*")],
  ["Federated", OTHER, like("oidc.example.com/path:sub", "project_path:*")],
  ["Federated", "accounts.google.com", undefined],
])("%s %s is open with %j", (type, principal, conditions) => {
  expect(opening(type, principal, conditions)).toEqual({
    problem: expect.stringContaining("can assume the role"),
    fix: expect.stringMatching(/condition/),
  });
});

test.each<[PrincipalType, string, Conditions | undefined]>([
  ["AWS", ROLE, undefined],
  ["AWS", "*", arn(ROLE)],
  ["AWS", "*", equals("aws:principalorgid", "o-1")],
  ["AWS", "*", equals("aws:PrincipalAccount", "123456789012")],
  ["AWS", ROOT, equals("aws:PrincipalArn", ROLE, "ArnEquals")],
  ["AWS", "123456789012", arn("arn:aws:iam::123456789012:role/ci-*")],
  ["AWS", ROOT, arn("arn:aws:iam::123456789012:role/team/*")],
  ["AWS", ROOT, arn(ROOT)],
  ["AWS", "*", like("aws:userid", "AROAEXAMPLEID:*")],
  ["AWS", "*", like("aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/ou-*")],
  ["AWS", ROOT, equals("aws:PrincipalTag/team", "data")],
  ["AWS", ROOT, equals("sts:ExternalId", "x")],
  ["Service", "lambda.amazonaws.com", equals("aws:SourceAccount", "123456789012")],
  ["Service", "lambda.amazonaws.com", equals("aws:SourceArn", "arn:aws:lambda:*:123456789012:function:*", "ArnLike")],
  ["Service", "s3.amazonaws.com", equals("aws:SourceArn", "arn:aws:s3:::photos", "ArnLike")],
  ["Service", "ec2.amazonaws.com", undefined],
  ["Service", "pods.eks.amazonaws.com", equals("aws:RequestTag/kubernetes-service-account", "app")],
  ["Service", "pods.eks.amazonaws.com", equals("aws:SourceAccount", "123456789012")],
  ["Federated", GITHUB, like("token.actions.githubusercontent.com:sub", "repo:acme/*")],
  ["Federated", OTHER, equals("oidc.example.com/path:sub", "me")],
  ["Federated", OTHER, like("oidc.example.com/path:sub", "project_path:acme/*")],
  ["Federated", OTHER, like("oidc.example.com/path:sub", "system:serviceaccount:z1-app:*")],
  ["Federated", "arn:aws:iam::123456789012:saml-provider/corporate", undefined],
])("%s %s names its identities with %j", (type, principal, conditions) => {
  expect(opening(type, principal, conditions)).toBeUndefined();
});
