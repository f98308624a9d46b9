import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

// Parts of the SDK that a run of the verifier never reaches, and whose loading is a third of its time. What is called in
// their place throws, or does nothing where the SDK calls it on each start; `npm run bench -- verifier` shows what it is
// worth, and the tests of the packaged verifier that nothing of it is missed.

/** Module → what stands in for it. */
const STAND_INS: Readonly<Record<string, string>> = {
  // The verifier gives each client its credentials: there must be no chain to fall back to.
  "@aws-sdk/credential-provider-node":
    'export const defaultProvider = () => async () => { throw new Error("there is no default credential chain here"); };',
  // verifier/aws/http.ts makes the requests.
  "@smithy/node-http-handler":
    "export const streamCollector = undefined; export class NodeHttpHandler { static create(handler) { return handler; } }",
  // Of uploads and downloads: the verifier lists.
  "@aws-sdk/checksums/flexible-checksums": `
    export const resolveFlexibleChecksumsConfig = (config) => config;
    export const getFlexibleChecksumsPlugin = () => ({ applyToStack() {} });
    export const NODE_REQUEST_CHECKSUM_CALCULATION_CONFIG_OPTIONS = {};
    export const NODE_RESPONSE_CHECKSUM_VALIDATION_CONFIG_OPTIONS = {};`,
  // Of S3 Select.
  "@smithy/core/event-streams": `
    export const resolveEventStreamSerdeConfig = (config) => config;
    export const eventStreamSerdeProvider = () => ({});
    export class EventStreamSerde {}`,
};

/** Modules of Node that only some runs need, and that take a millisecond or more to load. */
const LAZY = ["crypto", "dns/promises", "fs/promises", "http", "https", "os", "timers/promises", "tls"].map(
  (name) => `node:${name}`,
);

/** Files of the SDK that try Node's cryptography as they load, and what keeps them from it. */
const EDITS: readonly { readonly file: RegExp; readonly what: RegExp; readonly by: string }[] = [
  { file: /[\\/]checksum[\\/]md5[\\/]Md5Node\.js$/, what: /^[\s\S]*$/, by: "export const Md5Node = undefined;" },
  { file: /[\\/]sha[\\/]sha1[\\/]Sha1Node\.js$/, what: /^[\s\S]*$/, by: "export const Sha1Node = undefined;" },
  { file: /[\\/]sha256[\\/]Sha256Node\.js$/, what: /(?<=hasNativeCrypto = )\(\(\) => \{[\s\S]*?\}\)\(\)/, by: "true" },
  // Of identifiers for retries and uploads.
  {
    file: /[\\/]serde[\\/]index\.js$/,
    what: /bindV4\(_getRandomValues\)|(?<=_getRandomValues = )getRandomValues/g,
    by: "undefined",
  },
];

const anyOf = (names: readonly string[]) =>
  new RegExp(`^(?:${names.map((name) => name.replace(/[/.]/g, "\\$&")).join("|")})$`);

/** Leaves the parts out. */
export const trim: Plugin = {
  name: "trim",
  setup(build) {
    build.onResolve({ filter: anyOf(Object.keys(STAND_INS)) }, ({ path }) => ({ path, namespace: "stand-in" }));
    build.onLoad({ filter: /./, namespace: "stand-in" }, ({ path }) => ({ contents: STAND_INS[path] ?? "" }));
    build.onResolve({ filter: anyOf(LAZY) }, ({ path, namespace, kind }) =>
      // The stand-in itself and a dynamic import load the module when they are reached.
      namespace === "lazy" || kind === "dynamic-import" ? undefined : { path, namespace: "lazy" },
    );
    build.onLoad({ filter: /./, namespace: "lazy" }, ({ path }) => ({ contents: lazily(path) }));
    for (const { file, what, by } of EDITS) {
      build.onLoad({ filter: file }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        const contents = text.replace(what, by);
        // Another version of the SDK: the edit must be thought over.
        if (contents === text) return { errors: [{ text: `${path} does not hold what is to be replaced in it` }] };
        return { contents };
      });
    }
    build.onLoad({ filter: /[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => ({
      contents: droppable(readFileSync(path, "utf8")),
    }));
  },
};

/** A module of Node that is loaded when one of its members is first used. */
function lazily(path: string): string {
  const members = Object.keys(process.getBuiltinModule(path) as object).filter((name) => name !== "default");
  const getters = members.map((name) => `get ${name}() { return load().${name}; }`);
  return `let loaded; const load = () => (loaded ??= require(${JSON.stringify(path)})); module.exports = { ${getters.join(", ")} };`;
}

/** Marks a service's schemas as free of side effects, which esbuild cannot see: those of operations not called go. */
function droppable(schemas: string): string {
  return schemas.replace(
    /^((?:export )?(?:var|const) [\w$]+ = )(\[[\s\S]*?\n?\]);$/gm,
    (_, declaration: string, value: string) => `${declaration}/* @__PURE__ */ (() => ${value})();`,
  );
}
