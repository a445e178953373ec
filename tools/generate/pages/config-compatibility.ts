import { describeCompatibility, ExtensionSet, standardExtensions, type FieldRule, type MessageCompatibility } from "@mesh/proxy-core";
import { boltProtocol } from "@mesh/proxy-core/bolt";
import { dubboProtocol } from "@mesh/proxy-core/dubbo";
import { defaultRegistry } from "@mesh/xds-proto";
import { table, type Page } from "../page.ts";

const introduction = `# Configuration compatibility

\`mosn\` is configured with Envoy's v3 messages. This page says of every message that it reads what becomes of each field:

- **supported**: does what Envoy's documentation of the field says; what differs is noted.
- **ignored**: has no effect, and needs none for the configuration to mean what it says. It is logged once.
- **rejected**: the configuration is refused, with the field's path and line.

Nothing else is read: a message, field or extension that is not here is refused as unknown. In fields of type \`TypedExtensionConfig\`
or \`Any\`, an extension may also be given as \`xds.type.v3.TypedStruct\` or \`udpa.type.v1.TypedStruct\`.`;

function messageSection({ message, fields, requiredOneOf }: MessageCompatibility): string {
  const rows = fields.map(({ name, deprecated, rule }) => [
    `\`${name}\`${deprecated ? " (deprecated)" : ""}`,
    rule.status,
    describeRule(rule),
  ]);
  const body = rows.length === 0 ? "No fields." : table(["Field", "Status", "Notes"], rows);
  const notes = requiredOneOf.map((names) => `${names.length === 1 ? "" : "One of "}${quoted(names)} is required.`);
  return [`### \`${message}\``, body, ...notes].join("\n\n");
}

function describeRule(rule: FieldRule): string {
  if (rule.status !== "supported") return `${rule.reason.slice(0, 1).toUpperCase()}${rule.reason.slice(1)}.`;
  const parts = [
    rule.required === true ? "Required." : "",
    rule.values ? `${quoted(rule.values)}.` : "",
    rule.extension !== undefined && rule.extension !== "from-parent" ? `Extensions of \`${rule.extension}\`.` : "",
    rule.note ?? "",
    describeWithin(rule.within ?? {}),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** Fields of one reason in one sentence. */
function describeWithin(rules: Readonly<Record<string, FieldRule>>): string {
  const names = new Map<string, string[]>();
  for (const [name, rule] of Object.entries(rules)) {
    const verdict = rule.status === "supported" ? "supported." : `${rule.status}: ${rule.reason}.`;
    names.set(verdict, [...(names.get(verdict) ?? []), name]);
  }
  return [...names].map(([verdict, fields]) => `Here ${quoted(fields)} ${fields.length === 1 ? "is" : "are"} ${verdict}`).join(" ");
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const page: Page = {
  path: "docs/reference/config-compatibility.md",
  generate() {
    const { extensions, groups } = describeCompatibility(
      new ExtensionSet(defaultRegistry(), [...standardExtensions, boltProtocol, dubboProtocol]),
    );
    const rows = extensions
      .toSorted((a, b) => (a.category === b.category ? 0 : a.category < b.category ? -1 : 1))
      .map(({ category, name, messageName }) => [`\`${category}\``, `\`${name}\``, `\`${messageName}\``]);
    const list = `## Extensions\n\n${table(["Category", "Extension", "Message"], rows)}`;
    const sections = groups.map(({ title, messages }) => [`## ${title}`, ...messages.map(messageSection)].join("\n\n"));
    return `${[introduction, list, ...sections].join("\n\n")}\n`;
  },
};

export default page;
