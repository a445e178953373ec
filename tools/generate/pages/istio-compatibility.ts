import { describeIstioCompatibility, rules, type IstioMessageCompatibility } from "@mesh/istio-config";
import { table, type Page } from "../page.ts";

const introduction = `# Istio compatibility

What \`pilot\` reads of Istio's configuration. Of every field this page says:

- **supported**: does what Istio's documentation of the field says; what differs is noted.
- **deprecated**: works, with a warning that names what replaces it.
- **refused**: is Istio's, and not supported yet. The document is refused with the field's file and line.

A field that is not here is refused as unknown. Durations are written as Go does (\`1h\`, \`1.5s\`, \`250ms\`).`;

const mesh = `A MeshConfig is a document with \`kind: MeshConfig\` and a \`spec\`, or one with its fields at the top and no \`kind\`, as
Istio's own mesh file. Automatic mTLS counts as off.`;

function capitalised(text: string): string {
  return text === "" ? "" : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function messageSection({ name, fields }: IstioMessageCompatibility): string {
  const rows = fields.map((field) => [`\`${field.name}\``, field.status, capitalised(field.note)]);
  return `### \`${name}\`\n\n${table(["Field", "Status", "Notes"], rows)}`;
}

const page: Page = {
  path: "docs/reference/istio-compatibility.md",
  generate() {
    const { kinds, refusedKinds } = describeIstioCompatibility();
    const sections = kinds.map(({ kind, apiVersions, messages }) =>
      [
        `## ${kind}`,
        `\`apiVersion\`: ${apiVersions.map((version) => `\`${version}\``).join(", ")}.`,
        ...(kind === "MeshConfig" ? [mesh] : []),
        ...messages.map(messageSection),
      ].join("\n\n"),
    );
    const kindRows = refusedKinds.map(({ kind, reason }) => [`\`${kind}\``, capitalised(reason)]);
    const ruleRows = rules.map(({ id, severity, meaning }) => [`\`${id}\``, severity, meaning]);
    const refused = `## Refused kinds\n\n${table(["Kind", "Reason"], kindRows)}`;
    const ruleSection = `## Rules\n\nAn error leaves its document out, and the version that was good before in force; a warning does not.\n\n${table(["Rule", "Severity", "What it asks"], ruleRows)}`;
    return `${[introduction, ...sections, refused, ruleSection].join("\n\n")}\n`;
  },
};

export default page;
