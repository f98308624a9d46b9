import { z } from "zod";
import { parsePolicyArn } from "../iam/arn";
import { isBucketName } from "../iam/bucket";
import { tagValueProblem, type ValueProblem } from "../iam/names";
import { isRegion } from "../iam/partition";
import { quote } from "./quote";

// Types of single values that several keys share.

/** Returns a string type with a rule; the problem follows the quoted value in the message. */
export function text(problemOf: (value: string) => ValueProblem | undefined) {
  return z.string().superRefine((value, context) => {
    const found = problemOf(value);
    if (!found) return;
    const message = `${quote(value)} ${found.problem}`;
    context.addIssue({ code: "custom", message, params: { fix: found.fix } });
  });
}

export const matching = (regex: RegExp, problem: string, fix: string) =>
  text((value) => (regex.test(value) ? undefined : { problem, fix }));

export const region = text((value) =>
  isRegion(value) ? undefined : { problem: "is not an AWS region", fix: "use a region such as eu-west-3" },
);

export const bucket = text((value) =>
  isBucketName(value)
    ? undefined
    : { problem: "is not a valid S3 bucket name", fix: 'use 3 to 63 lower-case letters, digits, "." and "-"' },
);

export const tags = z.record(z.string(), text(tagValueProblem));

export const permissionsBoundary = text((value) =>
  parsePolicyArn(value)
    ? undefined
    : {
        problem: "is not the ARN of an IAM policy",
        fix: "use an ARN such as arn:aws:iam::123456789012:policy/boundary",
      },
);

/** Source: https://api-doc.qovery.com (IDs are UUIDs) */
export const uuid = matching(
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  "is not a UUID",
  "copy the ID from the URL of the page in the Qovery console",
);

/** Source: https://github.com/distribution/reference/blob/main/reference.go */
const IMAGE =
  /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::(?<tag>\w[\w.-]{0,127}))?(?:@sha256:(?<digest>[0-9a-f]{64}))?$/;

export const image = text((value) => {
  const example = "use an image such as ghcr.io/acme/qovery-irsa-verifier:1.0.0";
  const match = IMAGE.exec(value);
  if (!match) return { problem: "is not the name of an image", fix: example };
  const { tag, digest } = match.groups ?? {};
  if (digest === undefined && (tag === undefined || tag === "latest"))
    return { problem: "has no fixed tag and no digest", fix: `${example}, or an image with a digest` };
  return undefined;
});
