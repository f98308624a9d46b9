import type { AwsError } from "../../verifier/aws/aws-error";
import type { Failure } from "../../verifier/checks/result";

export function awsError(known: Partial<AwsError>): AwsError {
  return {
    code: undefined,
    message: "",
    status: undefined,
    systemCode: undefined,
    headers: {},
    fromAws: false,
    ...known,
  };
}

/** Asserts a failure's code, that the failure has a fix, and values that its detail or fix contains. */
export function expectFailure(failure: Failure | undefined, code: string, ...values: readonly string[]): void {
  expect(failure).toMatchObject({ code, fix: expect.stringMatching(/\S/) });
  const text = `${failure?.detail} ${failure?.fix}`.toLowerCase();
  for (const value of values) expect(text).toContain(value.toLowerCase());
}
