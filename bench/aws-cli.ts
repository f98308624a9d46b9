import { join } from "node:path";

/** The AWS CLI that the verifier is compared with: of the version that requirements.txt pins, installed by setup.mjs. */
export const AWS_CLI = join(__dirname, "..", ".local", "awscli", "bin", "aws");
