import { type QoveryJobs, qoveryVerdictOf } from "../../access/qovery-verdicts";
import type { Cluster } from "../../config/project";
import { type Proof, proofsOf } from "../../config/proofs";
import { loadExample } from "../stacks/synthesized";

const IMAGE = "registry.example.com/acme/qovery-irsa-verifier:1.0.0";
const [cluster] = loadExample("qovery").clusters as [Cluster];
const [proof] = proofsOf(cluster) as [Proof];

const JOB = {
  id: "1",
  name: `irsa-${proof.name}`,
  image: "acme/qovery-irsa-verifier:1.0.0",
  args: proof.args,
  serviceAccount: proof.runAs,
};
const STATUS = {
  id: "1",
  deployed: "UP_TO_DATE",
  action: "DEPLOY",
  result: "SUCCESS",
  date: "2026-11-25T10:00:05+01:00",
};
const SINCE = "2026-11-25T09:00:05.000Z";

test.each<[string, object | undefined, object | undefined, object]>([
  ["a successful deployment proves", {}, {}, { state: "proven", since: SINCE }],
  ["a restart proves", {}, { action: "RESTART" }, { state: "proven" }],
  ["a stop proves nothing", {}, { action: "STOP" }, { state: "not-run", cause: expect.stringContaining("STOP") }],
  [
    "a failed deployment names the job whose log has the code",
    {},
    { deployed: "OUT_OF_DATE", result: "ERROR" },
    { state: "not-proven", since: SINCE, fix: expect.stringContaining(JOB.name) },
  ],
  ["a deployment in progress is running", {}, { result: "ONGOING" }, { state: "running" }],
  [
    "a canceled deployment proves nothing",
    {},
    { result: "CANCELED" },
    { state: "not-run", cause: expect.stringContaining("CANCELED") },
  ],
  ["an unknown result proves nothing", {}, { result: "NEW" }, { state: "not-run" }],
  ["a job without a status has not run", {}, undefined, { state: "not-run" }],
  ["a job that was never deployed has not run", {}, { deployed: "NEVER_DEPLOYED" }, { state: "not-run" }],
  [
    "a job that does not exist has not run",
    undefined,
    {},
    { state: "not-run", fix: expect.stringContaining("cdktf deploy 'preview-verification'") },
  ],
  ["a job that changed after its deployment is outdated", {}, { deployed: "OUT_OF_DATE" }, { state: "outdated" }],
  ["a job with another image is outdated", { image: "acme/other:1.0.0" }, {}, { state: "outdated" }],
  [
    "a job that runs as another service account proves nothing",
    { serviceAccount: "other" },
    {},
    { state: "not-proven", cause: expect.stringContaining("other"), fix: expect.stringContaining(proof.runAs) },
  ],
  ["a job with other arguments is outdated", { args: ["--expect", "allowed"] }, {}, { state: "outdated" }],
])("%s", (_, job, status, expected) => {
  const objects: QoveryJobs = {
    jobs: job ? [{ ...JOB, ...job }] : [],
    statuses: status ? [{ ...STATUS, ...status }] : [],
  };
  expect(qoveryVerdictOf("preview", proof, IMAGE, objects)).toMatchObject(expected);
});
