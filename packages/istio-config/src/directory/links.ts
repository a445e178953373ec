import { lstatSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join, parse, sep } from "node:path";

/** An entry of a directory. */
interface Place {
  /** Without symbolic links. */
  readonly directory: string;
  readonly name: string;
}

/** Linux gives up there, too. */
const maxLinks = 40;

/**
 * Where a path leads over symbolic links: each link that is followed on the way, and what the last of them leads to, as the entries of
 * directories that they are. A link that is changed, or what it leads to being replaced, shows in no directory but these. Empty where
 * there are no links.
 *
 * @param from - what a relative path begins at, without symbolic links
 */
export function placesOnTheWay(path: string, from: string): Place[] {
  const places: Place[] = [];
  const parts = partsOf(path);
  let at = isAbsolute(path) ? parse(path).root : from;
  let last: Place | undefined;
  for (let part = parts.shift(); part !== undefined && places.length < maxLinks; part = parts.shift()) {
    if (part === "..") {
      at = dirname(at);
      continue;
    }
    const entry = join(at, part);
    last = { directory: at, name: part };
    const found = lstatSync(entry, { throwIfNoEntry: false });
    if (found === undefined) break;
    if (!found.isSymbolicLink()) {
      at = entry;
      continue;
    }
    places.push(last);
    const target = readlinkSync(entry);
    parts.unshift(...partsOf(target));
    if (isAbsolute(target)) at = parse(target).root;
  }
  return places.length === 0 || last === undefined || places.includes(last) ? places : [...places, last];
}

const partsOf = (path: string): string[] =>
  path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== "" && part !== ".");
