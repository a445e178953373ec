/**
 * Holds the rooms of a package (the folders of its `src`) to their order: a room imports only rooms to its right, each through
 * its index.ts. A room's testing.ts is for the tests of other rooms, and for what helps them.
 */
import { existsSync } from "node:fs";
import { posix, join } from "node:path";
import { importsOf, isTest, sourcesBelow } from "../lib/imports.ts";

interface RoomPlan {
  /** The package's folder. */
  readonly path: string;
  /**
   * From left to right; each group may import the groups after it. Rooms of one group do not know each other. A name that ends in
   * `/*` stands for each folder below it.
   */
  readonly order: readonly (readonly string[])[];
}

const plans: readonly RoomPlan[] = [
  {
    path: "packages/proxy-core",
    order: [
      ["proxy"],
      // Filters, balancers, loggers: each is composed into a proxy by its type URL, and knows only the rooms that call it.
      ["extensions/*"],
      ["listener"],
      ["http", "rpc", "tcp"],
      ["stream"],
      ["route"],
      ["cluster"],
      ["network"],
      ["access-log"],
      ["matching"],
      ["runtime-layers"],
      ["subscription"],
      ["config", "stats"],
      ["runtime"],
    ],
  },
  {
    path: "packages/pilot",
    order: [["status"], ["serving"], ["generators"], ["testing"], ["scope"], ["hub"], ["rules"], ["proxy"], ["model"], ["base"]],
  },
];

interface Room {
  readonly name: string;
  readonly rank: number;
}

/** The room of a path relative to `src`; undefined for files of `src` itself. */
function roomOf(path: string, { order }: RoomPlan): Room | "unknown" | undefined {
  const parts = path.split("/");
  if (parts.length === 1) return undefined;
  for (const [rank, group] of order.entries()) {
    for (const name of group) {
      if (name === parts[0]) return { name, rank };
      if (name === `${parts[0]}/*` && parts.length > 2) return { name: `${parts[0]}/${parts[1]}`, rank };
    }
  }
  return "unknown";
}

function checkImport(plan: RoomPlan, path: string, target: string): string | undefined {
  const [from, to] = [roomOf(path, plan), roomOf(target, plan)];
  if (from === "unknown") return undefined;
  if (to === "unknown") return `imports ${target}, which is in no room`;
  if (to === undefined) return from ? `imports src/${target}: what rooms share belongs to a room` : undefined;
  if (from?.name === to.name) return undefined;
  const isForTests = isTest(path) || /(^|\/)(testing|[\w-]+-compliance)\.ts$/.test(path);
  const isEntry = target === `${to.name}/index.ts` || (isForTests && target === `${to.name}/testing.ts`);
  if (!isEntry) return `imports src/${target}; other rooms are imported through src/${to.name}/index.ts`;
  // Tests put a room together with what stands around it.
  if (!from || isForTests || to.rank > from.rank) return undefined;
  return `"${from.name}" must not import "${to.name}", which stands ${to.rank === from.rank ? "beside" : "before"} it`;
}

function checkPlan(root: string, plan: RoomPlan): string[] {
  const folder = join(root, plan.path, "src");
  if (!existsSync(folder)) return [];
  return sourcesBelow(folder).flatMap(({ path, text }) => {
    const at = `${plan.path}/src/${path}`;
    if (roomOf(path, plan) === "unknown") return [`${at}: is in no room; name its folder in tools/checks/rooms.ts`];
    return importsOf(text)
      .filter(({ specifier }) => specifier.startsWith("."))
      .flatMap(({ specifier, line }) => {
        const target = posix.join(path, "..", specifier);
        const problem = target.startsWith("..") ? undefined : checkImport(plan, path, target);
        return problem ? [`${at}:${line}: ${problem}`] : [];
      });
  });
}

/** One line for each breach below this root. */
export function checkRooms(root: string): string[] {
  return plans.flatMap((plan) => checkPlan(root, plan));
}
