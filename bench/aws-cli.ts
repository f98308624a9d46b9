import { join } from "node:path";

/** The AWS CLI of the comparisons, in the version that requirements.txt pins. commands/setup.mjs installs it. */
export const AWS_CLI = join(__dirname, "..", ".local", "awscli", "bin", "aws");
