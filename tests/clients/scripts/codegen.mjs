// graphql-codegen: TypeScript types of a whole contract, or of every operation in a folder.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const { SCHEMA, OPERATIONS, OUT } = process.env;

const scalars = {
  CountryCode: "string",
  CurrencyCode: "string",
  Date: "string",
  DateTime: "string",
  Decimal: "string",
  JSON: "unknown",
  LanguageTag: "string",
  MinorUnits: "number",
};

const documents = (OPERATIONS ? readdirSync(OPERATIONS) : [])
  .filter((name) => name.endsWith(".graphql"))
  .map((name) => ({ location: name, document: parse(readFileSync(join(OPERATIONS, name), "utf8")) }));

const output = await codegen({
  schema: parse(readFileSync(SCHEMA, "utf8")),
  documents,
  filename: OUT,
  config: { scalars, strictScalars: true, useTypeImports: true, enumsAsTypes: true },
  plugins: OPERATIONS ? [{ typescriptOperations: {} }, { typedDocumentNode: {} }] : [{ typescript: {} }],
  pluginMap: { typescript, typescriptOperations, typedDocumentNode },
});
writeFileSync(OUT, output);
