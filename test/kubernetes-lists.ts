// Objects as the data source kubernetes_resources lists them: with null for what the API server leaves out.

type Condition = "Complete" | "SuccessCriteriaMet" | "Failed" | "FailureTarget";

export function job(name: string, inputs: string, ...conditions: readonly Condition[]): object {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, labels: { "app.kubernetes.io/managed-by": "qovery-irsa", "qovery-irsa/inputs": inputs } },
    status: {
      active: null,
      conditions:
        conditions.length === 0
          ? null
          : conditions.map((type) => ({
              type,
              status: "True",
              lastTransitionTime: "2026-11-25T10:00:05Z",
              reason: type === "Failed" ? "DeadlineExceeded" : null,
              message: type === "Failed" ? "Job was active longer than specified deadline" : null,
            })),
    },
  };
}

export function pod(
  job: string,
  state: {
    terminated?: { exitCode: number; message?: string; reason?: string };
    waiting?: { reason: string; message: string };
  },
  ended: { reason?: string; message?: string } = {},
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${job}-abcde`, ownerReferences: [{ kind: "Job", name: job, uid: "1" }] },
    status: {
      reason: null,
      message: null,
      ...ended,
      containerStatuses: [{ name: "verifier", state: { running: null, terminated: null, waiting: null, ...state } }],
    },
  };
}

export function event(kind: "Job" | "Pod", name: string, reason: string, message: string): object {
  return { apiVersion: "v1", kind: "Event", involvedObject: { kind, name }, reason, message, type: "Warning" };
}

/** A service account with the annotation of its role. */
export function serviceAccount({ name, roleArn }: { readonly name: string; readonly roleArn: string }): object {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, annotations: { "eks.amazonaws.com/role-arn": roleArn } },
  };
}
