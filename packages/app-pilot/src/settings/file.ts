import { readFileSync } from "node:fs";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import { messageOf, UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import type { SettingValue } from "./resolve.ts";
import { isListSetting, type AnySetting } from "./setting.ts";

/**
 * Reads a settings file: YAML, each key the name of a setting.
 *
 * @throws UsageError that names every key that is no setting and every value that is none, with its line
 */
export function readSettingsFile(path: string, known: readonly AnySetting[]): ReadonlyMap<string, SettingValue> {
  try {
    return parseSettings(readFileSync(path, "utf8"), path, known);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--settings: ${messageOf(error)}`);
  }
}

export function parseSettings(text: string, path: string, known: readonly AnySetting[]): ReadonlyMap<string, SettingValue> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const problems = document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`);
  const found = new Map<string, SettingValue>();
  const { contents } = document;
  if (problems.length === 0 && contents !== null && !isMap<Node, Node | null>(contents))
    problems.push(`${path}:1:1: must be a map of settings`);
  for (const { key, value } of problems.length === 0 && isMap<Node, Node | null>(contents) ? contents.items : []) {
    const name = isScalar(key) ? String(key.value) : "";
    const place = at(key.range?.[0] ?? 0);
    const setting = known.find((each) => each.name === name);
    const texts = value === null ? undefined : textsOf(value, setting !== undefined && isListSetting(setting));
    if (setting === undefined) {
      problems.push(
        `${place}: there is no setting "${name}"${didYouMean(
          name,
          known.map((each) => each.name),
        )}`,
      );
    } else if (texts === undefined) {
      problems.push(`${place}: ${name} must be a text or a number${isListSetting(setting) ? ", or a list of them" : ""}`);
    } else {
      found.set(name, { texts, place });
    }
  }
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return found;
}

/** The texts of a scalar or, where that may be, of a list of them; undefined for anything else. */
function textsOf(value: Node, mayBeList: boolean): readonly string[] | undefined {
  if (isScalar(value)) {
    const isText = typeof value.value === "string" || typeof value.value === "number";
    // The source of `0.50` or `1e3` is what the setting reads, as it would from a flag.
    return isText ? [typeof value.value === "number" ? (value.source ?? String(value.value)) : String(value.value)] : undefined;
  }
  if (!mayBeList || !isSeq<Node>(value)) return undefined;
  const texts = value.items.map((item) => textsOf(item, false));
  return texts.every((item) => item !== undefined) ? texts.flat() : undefined;
}
