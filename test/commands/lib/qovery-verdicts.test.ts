import { qoveryVerdicts } from "../../../commands/lib/qovery-verdicts";
import type { Cluster } from "../../../config/project";
import { loadExample } from "../../stacks/synthesized";

// Qovery's API cannot be read. test/local/qovery.process.test.ts reads the embedded one.

const [cluster] = loadExample("qovery").clusters as [Cluster];
const TOKEN = "qov_secret_token";
const variables = process.env;

beforeEach(() => {
  process.env = { ...variables, QOVERY_API_TOKEN: TOKEN };
});
afterEach(() => {
  process.env = variables;
  jest.restoreAllMocks();
});

const answer = (status: number, body: string) => async () => new Response(body, { status });

test.each<[string, typeof fetch, RegExp]>([
  ["a refused token", answer(401, ""), /answers with 401; set QOVERY_API_TOKEN/],
  ["an environment that does not exist", answer(404, ""), /answers with 404; correct qovery\.environments/],
  ["a failure of the API", answer(500, TOKEN), /answers with 500; try again/],
  ["an answer that is not JSON", answer(200, `<html>${TOKEN}`), /without the jobs/],
  ["an answer of another API", answer(200, `{ "token": "${TOKEN}" }`), /without the jobs/],
  [
    "an API that does not answer",
    async () => Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") })),
    /does not answer: connect ECONNREFUSED/,
  ],
])("reports %s, and not the token", async (_, respond, expected) => {
  jest.spyOn(globalThis, "fetch").mockImplementation(respond);
  const error = await qoveryVerdicts(cluster, "acme/verifier:1.0.0").catch(({ message }) => message);
  expect(error).toMatch(expected);
  expect(error).toContain("cluster preview: api.qovery.com/environment/");
  expect(error).not.toContain(TOKEN);
});

test("a token that is not set is an error, before any call", async () => {
  delete process.env.QOVERY_API_TOKEN;
  const send = jest.spyOn(globalThis, "fetch");
  await expect(qoveryVerdicts(cluster, "acme/verifier:1.0.0")).rejects.toThrow("QOVERY_API_TOKEN is not set");
  expect(send).not.toHaveBeenCalled();
});
