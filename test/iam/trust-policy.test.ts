import { ANY_SERVICE_ACCOUNT, matchingCondition, serviceAccountSubject, trustPolicy } from "../../iam/trust-policy";

const issuer = "https://issuer.example/id/A";
const providerArn = "arn:aws:iam::123456789012:oidc-provider/issuer.example/id/A";

test("requires an exact subject and the audience with StringEquals", () => {
  const subject = serviceAccountSubject("z1-prod", "app");
  expect(trustPolicy([{ providerArn, issuer, subjects: [subject], match: "exact" }])).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "issuer.example/id/A:aud": "sts.amazonaws.com",
            "issuer.example/id/A:sub": "system:serviceaccount:z1-prod:app",
          },
        },
      },
    ],
  });
});

test("requires a subject pattern with StringLike and the audience with StringEquals", () => {
  const [statement] = trustPolicy([
    { providerArn, issuer, subjects: ["system:serviceaccount:z*:app"], match: "pattern" },
  ]).Statement as never[];
  expect(statement).toMatchObject({
    Condition: {
      StringEquals: { "issuer.example/id/A:aud": "sts.amazonaws.com" },
      StringLike: { "issuer.example/id/A:sub": "system:serviceaccount:z*:app" },
    },
  });
});

test.each([
  ["exact", "StringEquals", ["system:serviceaccount:z1:app", "system:serviceaccount:z2:app"]],
  ["pattern", "StringLike", ["system:serviceaccount:z*:api", "system:serviceaccount:z*:worker"]],
] as const)("requires one of several %s subjects in one statement", (match, operator, subjects) => {
  const { Statement } = trustPolicy([{ providerArn, issuer, subjects, match }]);
  expect(Statement).toEqual([
    expect.objectContaining({
      Condition: expect.objectContaining({
        [operator]: expect.objectContaining({ "issuer.example/id/A:sub": subjects }),
      }),
    }),
  ]);
});

test("requires only the audience for any service account", () => {
  const [statement] = trustPolicy([{ providerArn, issuer, subjects: [ANY_SERVICE_ACCOUNT], match: "pattern" }])
    .Statement as never[];
  expect(statement).toHaveProperty("Condition", { StringEquals: { "issuer.example/id/A:aud": "sts.amazonaws.com" } });
});

test("has one statement for each trust", () => {
  const trust = { providerArn, issuer, subjects: ["system:serviceaccount:a:b"], match: "exact" } as const;
  expect(trustPolicy([trust, { ...trust, providerArn: "other" }]).Statement).toHaveLength(2);
});

test("matchingCondition requires the exact subject even if it contains wildcards", () => {
  expect(matchingCondition(issuer, ANY_SERVICE_ACCOUNT)).toEqual({
    StringEquals: { "issuer.example/id/A:aud": "sts.amazonaws.com", "issuer.example/id/A:sub": ANY_SERVICE_ACCOUNT },
  });
});
