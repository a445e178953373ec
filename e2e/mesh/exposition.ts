/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface SampleFamily {
  readonly type: string;
  readonly samples: Sample[];
}

const comment = /^# (TYPE|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/;
const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]?(?:Inf|\d+(?:\.\d+)?(?:e[+-]?\d+)?))(?: -?\d+)?$/i;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const types = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/** Reads Prometheus' text format 0.0.4 as strictly as it is written down; throws at what does not fit it. */
export function parseExposition(text: string): Map<string, SampleFamily> {
  const families = new Map<string, SampleFamily>();
  const seen = new Set<string>();
  let current: [name: string, family: SampleFamily] | undefined;
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("#")) {
      const [, kind, name = "", type = ""] = comment.exec(line) ?? [];
      if (kind !== "TYPE") continue;
      if (!types.has(type)) throw new Error(`no type: ${line}`);
      if (families.has(name)) throw new Error(`the lines of a name do not stand together: ${line}`);
      current = [name, { type, samples: [] }];
      families.set(...current);
      continue;
    }
    const [, name, labelText = "", value] = sample.exec(line) ?? [];
    if (name === undefined || current === undefined) throw new Error(`no sample: ${line}`);
    const [family, { type, samples }] = current;
    const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!suffixes.some((suffix) => name === family + suffix)) throw new Error(`not of ${family}: ${line}`);
    const labels: Record<string, string> = {};
    for (label.lastIndex = 0; label.lastIndex < labelText.length;) {
      const [, key, quoted] = label.exec(labelText) ?? [];
      if (key === undefined || quoted === undefined) throw new Error(`no labels: ${line}`);
      if (key in labels) throw new Error(`a label twice: ${line}`);
      labels[key] = quoted;
    }
    const identity = `${name}{${labelText}}`;
    if (seen.has(identity)) throw new Error(`a sample twice: ${line}`);
    seen.add(identity);
    samples.push({ name, labels, value: Number(value?.replace("Inf", "Infinity")) });
  }
  return families;
}
