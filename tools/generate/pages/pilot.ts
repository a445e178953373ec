import { describeSettings } from "@mesh/app-pilot";
import { describeMetrics, type MetricDescription } from "@mesh/pilot";
import { table, type Page } from "../page.ts";

const settingsText = `# pilot

## Settings

Of \`pilot discovery\`. Each is a flag (\`--debounce-after\`), a variable (\`PILOT_DEBOUNCE_AFTER\`) and a key of the YAML file that \`--settings\` or \`PILOT_SETTINGS\` names
(\`debounce-after\`). Flags go before variables, these before the file, that before the default. Durations are written as Go writes them: \`100ms\`, \`1.5s\`, \`1h30m\`, \`0\`.
\`:15010\` is every IPv4 address of the machine, \`[::]:15010\` those of IPv6 as well.`;

const metricsText = `## Metrics

At \`/metrics\` of \`monitoring-address\` and \`http-address\`, in Prometheus' text format. Names, labels and buckets are Istio's, so that its dashboards and alerts work; where a meaning differs, the last column says how.
The label \`type\` is \`cds\`, \`eds\`, \`lds\`, \`rds\`, \`nds\` or \`other\`. Labels that name a proxy go when it does. Times are in seconds.`;

const typeOf = ({ type, buckets }: MetricDescription): string => (buckets === undefined ? type : `${type}: ${buckets.join(", ")}`);

const page: Page = {
  path: "docs/reference/pilot.md",
  generate() {
    const settings = describeSettings().map(({ name, argument, about, fallback }) => [`\`${name}\` \`${argument}\``, about, fallback]);
    const metrics = [...describeMetrics()].map(([name, metric]) => [
      `\`${name}\``,
      metric.labels.map((label) => `\`${label}\``).join(", "),
      typeOf(metric),
      metric.help,
      metric.note ?? "",
    ]);
    return `${[
      settingsText,
      table(["Setting", "Meaning", "Default"], settings),
      metricsText,
      table(["Metric", "Labels", "Type", "Meaning", "Difference to Istio"], metrics),
    ].join("\n\n")}\n`;
  },
};

export default page;
