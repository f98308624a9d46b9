import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemas } from "../config/json-schema";
import { command, main } from "./lib/command";

export const schema = command({
  name: "schema",
  summary: "Writes the JSON Schemas of the configuration files, which editors use.",
  options: {},
  examples: ["npm run schema"],
  async run() {
    for (const [name, text] of Object.entries(jsonSchemas()))
      writeFileSync(join(__dirname, "..", "config", name), text);
    return 0;
  },
});

if (require.main === module) main(schema);
