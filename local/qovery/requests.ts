import { z } from "zod";

// The requests that the embedded Qovery API accepts, with the rules of Qovery's API.
// Source: https://api-doc.qovery.com

const name = z.string().min(1, "the name is empty");
const description = z.string().nullish();
/** A pair of a Helm value's key and value. */
const pairs = z.array(z.tuple([z.string(), z.string()])).default([]);

export const stageRequest = z.object({ name, description });
export type StageRequest = z.infer<typeof stageRequest>;

export const repositoryRequest = z.object({
  name,
  description,
  kind: z.enum([
    "HTTPS",
    "OCI_ECR",
    "OCI_SCALEWAY_CR",
    "OCI_DOCKER_HUB",
    "OCI_PUBLIC_ECR",
    "OCI_DOCR",
    "OCI_GENERIC_CR",
  ]),
  url: z.url(),
  skip_tls_verification: z.boolean(),
});
export type RepositoryRequest = z.infer<typeof repositoryRequest>;

export const helmRequest = z.object({
  name,
  description,
  timeout_sec: z.int().positive().optional(),
  auto_preview: z.boolean().nullish(),
  auto_deploy: z.boolean(),
  allow_cluster_wide_resources: z.boolean().default(false),
  arguments: z.array(z.string()),
  source: z.object({
    helm_repository: z.object({
      repository: z.uuid(),
      chart_name: z.string().min(1),
      chart_version: z.string().min(1),
    }),
  }),
  values_override: z.object({ set: pairs, set_string: pairs, set_json: pairs }),
});
export type HelmRequest = z.infer<typeof helmRequest>;

const command = z.object({ arguments: z.array(z.string()).default([]), entrypoint: z.string().nullish() });

/** Five fields of digits, names, `*`, `/`, `-` and `,`. */
const cron = z.string().regex(/^([\w*/,-]+ ){4}[\w*/,-]+$/, "the cron schedule does not have five fields");

const schedule = z
  .object({
    on_start: command.optional(),
    on_stop: command.optional(),
    on_delete: command.optional(),
    lifecycle_type: z.enum(["GENERIC", "TERRAFORM", "CLOUDFORMATION"]).optional(),
    cronjob: command.extend({ scheduled_at: cron, timezone: z.string().default("Etc/UTC") }).optional(),
  })
  .refine(
    ({ on_start, on_stop, on_delete, cronjob }) => Boolean(cronjob) !== Boolean(on_start ?? on_stop ?? on_delete),
    "a job has either a cron schedule, or a command for at least one of start, stop and delete",
  );

export const jobRequest = z.object({
  name,
  description,
  cpu: z.int().min(10, "a job needs at least 10 millicores").default(500),
  memory: z.int().min(1).default(512),
  max_nb_restart: z.int().min(0).default(0),
  max_duration_seconds: z.int().positive().default(300),
  auto_preview: z.boolean().nullish(),
  auto_deploy: z.boolean().nullish(),
  healthchecks: z.looseObject({}),
  source: z.object({
    image: z.object({
      image_name: z.string().min(1),
      tag: z
        .string()
        .min(1)
        .refine((tag) => tag !== "latest", "Qovery does not support the tag latest"),
      registry_id: z.uuid(),
    }),
  }),
  schedule,
});
export type JobRequest = z.infer<typeof jobRequest>;

/** The advanced settings of each kind of service that the stacks can set, with their defaults. */
export const DEFAULT_SETTINGS = {
  helm: { "deployment.custom_domain_check_enabled": true },
  job: {
    "build.timeout_max_sec": 1800,
    "deployment.termination_grace_period_seconds": 60,
    "job.delete_ttl_seconds_after_finished": null,
    "cronjob.concurrency_policy": "Forbid",
    "cronjob.failed_jobs_history_limit": 1,
    "cronjob.success_jobs_history_limit": 1,
    "security.service_account_name": "",
    "security.automount_service_account_token": false,
    "security.read_only_root_filesystem": false,
  },
} as const;
