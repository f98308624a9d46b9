import { ARGUMENTS, type CatalogueEntry, REDEPLOY, RETRY, SCOPES, type Values } from "./entry";

const PRIVATE_CLUSTER =
  "[EKS: private clusters](https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html)";

const PROXY = ({ variable }: Values<"variable">) =>
  `If ${variable} does not name the right proxy: on Qovery, correct or delete ${variable} ${SCOPES}, ${REDEPLOY}.`;
const PROXY_NETWORK = ({ variable }: Values<"variable">) =>
  `If ${variable} names the right proxy: start the proxy, and allow connections from the pod to the proxy in NetworkPolicy, security groups and firewalls.`;
const NO_PROXY = ({ domain }: Values<"domain">) =>
  `If the pod can and may reach AWS without the proxy: on Qovery, append ${domain} to NO_PROXY ${SCOPES}, ${REDEPLOY}.`;
const SOCKS = ({ variable }: Values<"variable">) =>
  `Set ${variable}=http://HOST:PORT on Qovery, ${SCOPES}, with the host and port of an HTTP proxy; or delete ${variable} and allow connections from the pod to port 443; ${REDEPLOY}.`;
/** Fixes for a proxy between the pod and AWS. */
const DETOUR = { proxy: PROXY, proxyNetwork: PROXY_NETWORK, noProxy: NO_PROXY, socks: SOCKS } as const;
const REDIRECTED = ({ variable }: Values<"variable">) =>
  `On Qovery, correct or delete ${variable} ${SCOPES}, ${REDEPLOY}.`;

const DUAL_STACK = `On Qovery, set AWS_USE_DUALSTACK_ENDPOINT=true ${SCOPES}, ${REDEPLOY}: the pod has only IPv6 addresses, and the default endpoint has only IPv4 addresses.`;

/** QV5xx: the network between the pod and AWS. */
export const network = {
  QV501: {
    category: "network",
    title: "the address of each call is known",
    failure: "the address of a call is unknown",
    exit: 3,
    retryable: true,
    meaning:
      "The name of the endpoint or of the proxy does not resolve, or a variable names an endpoint that does not exist. The detail shows the name.",
    fixes: {
      notUrl: ({ variable }: Values<"variable">) =>
        `On Qovery, delete ${variable} ${SCOPES}, ${REDEPLOY}. If the endpoint is intended, set the value to https://HOST.`,
      exclusive: ({ variable, choice }: Values<"variable" | "choice">) =>
        `On Qovery, delete ${variable} or ${choice} ${SCOPES}, ${REDEPLOY}.`,
      unknown: `On Qovery, correct or delete AWS_REGION, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_ENDPOINT_URL ${SCOPES}, ${REDEPLOY}.`,
      ...DETOUR,
      redirected: REDIRECTED,
      dualStack: DUAL_STACK,
      choice: ({ names }: Values<"names">) =>
        `On Qovery, delete ${names} ${SCOPES}, ${REDEPLOY}: the region may have no such endpoint.`,
      region: "Check that AWS_REGION is the cluster's region.",
      dns: "Check that the pod can reach the DNS of the cluster (CoreDNS, port 53 over UDP and TCP), and that the CoreDNS pods in kube-system run.",
      vpcEndpoint:
        "In a private cluster, create interface VPC endpoints with private DNS for STS (com.amazonaws.<region>.sts) and S3.",
    },
    ask: "network",
    source: PRIVATE_CLUSTER,
  },
  QV502: {
    category: "network",
    title: "the pod can connect to AWS",
    failure: "the pod cannot connect to AWS",
    exit: 3,
    retryable: true,
    meaning:
      "The connection to the endpoint or to the proxy was refused, was reset or timed out, or the host was unreachable. The detail shows the endpoint and its addresses, or the proxy. 127.0.0.1, ::1 and localhost are the pod itself. The verifier reads `HTTPS_PROXY` and `NO_PROXY` as the AWS CLI and curl do; it does not support SOCKS proxies.",
    fixes: {
      proxyUrl: ({ variable }: Values<"variable">) =>
        `Set ${variable} on Qovery, ${SCOPES}, to http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters as %XX, ${REDEPLOY}.`,
      ...DETOUR,
      redirected: REDIRECTED,
      dualStack: DUAL_STACK,
      wait: RETRY,
      port: "Allow connections from the pod to port 443: check NetworkPolicy, security groups and the NAT gateway. In a private cluster, create interface VPC endpoints for STS and S3.",
      setProxy: `If the network needs a proxy: set HTTPS_PROXY and NO_PROXY on Qovery, ${SCOPES}, ${REDEPLOY}.`,
    },
    ask: "network",
    source: PRIVATE_CLUSTER,
  },
  QV503: {
    category: "network",
    title: "the TLS handshake succeeds",
    failure: "the TLS handshake fails",
    exit: 3,
    retryable: true,
    meaning:
      "The certificate of the endpoint has expired, is for another host, or is from an authority that the pod does not trust; or the endpoint does not use TLS.",
    fixes: {
      notTls: ({ variable }: Values<"variable">) =>
        `On Qovery, correct the scheme or the port in ${variable} ${SCOPES}, ${REDEPLOY}: the host does not use TLS.`,
      bundle: `Put the certificate of the authority (PEM) at the path in AWS_CA_BUNDLE, in the image or as a variable as file on Qovery; or delete AWS_CA_BUNDLE; ${REDEPLOY}.`,
      inspection: `If a proxy inspects TLS: mount the certificate of its authority and set AWS_CA_BUNDLE to the path, and NODE_EXTRA_CA_CERTS for applications on Node.js, ${REDEPLOY}.`,
      interception:
        "If no proxy is intended: check the clock of the node, and find the program that intercepts the connection.",
    },
    ask: "network",
    source: "[SDKs: AWS_CA_BUNDLE](https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html)",
  },
  QV504: {
    category: "network",
    title: "AWS does not throttle the calls",
    failure: "AWS throttles the calls",
    exit: 3,
    retryable: true,
    meaning: "AWS throttles the calls, for example because many pods start at the same time.",
    fixes: {
      wait: RETRY,
      fewer: "Start fewer pods at a time, and keep the credentials in the application until they expire.",
    },
    source: "[SDKs: retries](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)",
  },
  QV505: {
    category: "network",
    title: "AWS returns no server error",
    failure: "AWS returns a server error",
    exit: 3,
    retryable: true,
    meaning: "AWS returned an HTTP status of 500 or more.",
    fixes: { wait: RETRY, health: "If the error persists, see https://health.aws.amazon.com." },
    source: "[AWS Health](https://health.aws.amazon.com)",
  },
  QV506: {
    category: "network",
    title: "the response is from AWS",
    failure: "the response is not from AWS",
    exit: 3,
    retryable: true,
    meaning:
      "The response is not from AWS. Examples are the page of a proxy or of a captive portal, an empty body, a response that is not HTTP, and a proxy that refuses the connection (407).",
    fixes: {
      login: ({ variable }: Values<"variable">) =>
        `If the proxy needs a login (407): on Qovery, set ${variable}=http://USER:PASSWORD@HOST:PORT as a secret ${SCOPES}, ${REDEPLOY}.`,
      tunnel: ({ host }: Values<"host">) => `If the proxy blocks ${host}: allow ${host} in the proxy.`,
      noProxy: NO_PROXY,
      between: `A program between the pod and AWS responds in place of AWS: allow connections from the pod to the endpoints of AWS. If the network needs a proxy: set HTTPS_PROXY and NO_PROXY on Qovery, ${SCOPES}, ${REDEPLOY}.`,
    },
    ask: "network",
    source: PRIVATE_CLUSTER,
  },
  QV507: {
    category: "network",
    title: "a response arrived before the deadline",
    failure: "no response arrived before the deadline",
    exit: 3,
    retryable: true,
    meaning:
      "The verifier had no response when `--timeout` ended, or Kubernetes stopped the pod (SIGTERM, SIGINT). The detail shows the endpoint, and whether its name resolved.",
    fixes: {
      stopped:
        "Run the verifier again. If a time limit of the job stopped the pod: set a limit that is longer than `--timeout` and `--wait`.",
      dns: "Allow the pod to reach the DNS of the cluster (CoreDNS, port 53 over UDP and TCP): check NetworkPolicy, security groups of the nodes, and the CoreDNS pods in kube-system.",
      ...DETOUR,
      packets:
        "Check NetworkPolicy, security groups, proxies and VPC endpoints between the pod and AWS: the endpoint does not respond.",
      longer: `If the network is slow: set a longer \`--timeout\` in ${ARGUMENTS}.`,
    },
    ask: "network",
    source: PRIVATE_CLUSTER,
  },
} as const satisfies Record<string, CatalogueEntry>;
