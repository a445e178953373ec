import { describeOperators, type OperatorDescription } from "@mesh/proxy-core";
import { table, type Page } from "../page.ts";

const introduction = `# Command operators

What access logs, and the values of header mutations, may say of a request or connection. The operators are Envoy's, with Envoy's arguments;
[its documentation](https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators) says what each
stands for. What has no value is written as \`-\`, in JSON as \`null\`, and is left out with \`omit_empty_values\`.

RPC calls and TCP connections have what of this they can have: a call is a request to the path \`/<service>/<method>\`.`;

const isOf =
  (status: OperatorDescription["status"]) =>
  (operator: OperatorDescription): boolean =>
    operator.status === status;

const page: Page = {
  path: "docs/reference/access-log.md",
  generate() {
    const all = describeOperators();
    const list = (status: OperatorDescription["status"]): string =>
      all
        .filter(isOf(status))
        .map(({ form }) => `- \`${form}\``)
        .join("\n");
    const refused = all
      .filter(isOf("refused"))
      .map(({ name, reason = "" }) => [`\`%${name}%\``, `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`]);
    return `${[
      introduction,
      "## Everywhere",
      list("everywhere"),
      "## In access logs alone",
      "What they tell is recorded only while a log asks for it.",
      list("logs"),
      "## Understood, and without a value",
      "They concern TLS, traces and other things that are not there; Envoy has no value for them on such connections either.",
      list("empty"),
      "## Refused",
      table(["Operator", "Why"], refused),
    ].join("\n\n")}\n`;
  },
};

export default page;
