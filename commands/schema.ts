import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemas } from "../config/json-schema";

// npm run schema: writes the JSON Schemas that editors use, made from config/schema.ts.
for (const [name, text] of Object.entries(jsonSchemas())) writeFileSync(join(__dirname, "..", "config", name), text);
