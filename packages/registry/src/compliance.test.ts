import { describe, expect, test } from "vitest";
import { registryContract } from "./compliance.ts";
import type { RegistryHarness } from "./compliance.ts";
import { createMemoryRegistry, registryError } from "./index.ts";
import type { MemorySession, MemorySource, RegistryChanges, RegistrySink, RegistrySource, RegistryWatcher } from "./index.ts";

/** What may be wrong with an adapter; each must be noticed. */
type Flaw =
  | "none"
  | "forgets while away"
  | "misses changes"
  | "is ready twice"
  | "tells after close"
  | "tells within start"
  | "forgets its registrations"
  | "tells control characters"
  | "keeps the error of an entry"
  | "takes an entry's error for the registry's";

function openHarness(flaw: Flaw): RegistryHarness {
  const registry = createMemoryRegistry();
  const sources: MemorySource[] = [];
  const sessions = new Map<RegistrySink, MemorySession>();
  const watchers: RegistryWatcher[] = [];
  let isAway = false;
  return {
    createSource: () => {
      const source = registry.createSource();
      if (isAway) source.interrupt();
      sources.push(source);
      return flawedSource(source, flaw, watchers);
    },
    createSink: () => {
      const session = registry.createSession();
      sessions.set(session, session);
      return session;
    },
    connection: {
      break: () => {
        isAway = true;
        for (const source of sources) source.interrupt();
      },
      mend: () => {
        isAway = false;
        for (const source of sources) source.resume();
      },
    },
    expireSources: () => {
      for (const source of sources) source.interrupt();
      for (const source of sources) source.resume();
    },
    killSink: (sink) => sessions.get(sink)?.kill(),
    expireSink: (sink) => (flaw === "forgets its registrations" ? sessions.get(sink)?.kill() : sessions.get(sink)?.expire()),
    // A registry in memory has no entries that cannot be used: its readers say so all the same.
    spoil: (service) => {
      const path = `${service}/wrong`;
      const error = registryError("MESH_REGISTRY_MALFORMED", `${path} is wrong`, { path });
      const told = [...watchers];
      for (const watcher of told) watcher.onError?.(error, undefined);
      return {
        path,
        remove: () => {
          if (flaw === "keeps the error of an entry") return;
          for (const watcher of told) {
            if (flaw === "takes an entry's error for the registry's") watcher.onRecovered?.();
            watcher.onEntryRecovered?.(path);
          }
        },
      };
    },
    close: () => registry.close(),
  };
}

/** An adapter that lets through what it should leave out. */
function spoilt(changes: RegistryChanges): RegistryChanges {
  return new Map(
    [...changes].map(([name, service]) => {
      const instances = service?.instances.map((instance) => ({ ...instance, labels: { ...instance.labels, note: "a\u0001" } }));
      return [name, service === undefined || instances === undefined ? undefined : { ...service, instances }];
    }),
  );
}

function flawedSource(source: MemorySource, flaw: Flaw, watchers: RegistryWatcher[]): RegistrySource {
  const flawed = (watcher: RegistryWatcher): RegistryWatcher => {
    const seen = new Set<string>();
    return {
      onChanged: (changes) => {
        for (const name of changes.keys()) seen.add(name);
        if (flaw !== "misses changes" || seen.size === 0)
          watcher.onChanged(flaw === "tells control characters" ? spoilt(changes) : changes);
      },
      onReady: () => {
        watcher.onReady();
        if (flaw === "is ready twice") watcher.onReady();
      },
      onError: (error, retryInMs) => {
        if (flaw === "forgets while away") watcher.onChanged(new Map([...seen].map((name) => [name, undefined])));
        watcher.onError?.(error, retryInMs);
      },
      onRecovered: () => watcher.onRecovered?.(),
    };
  };
  return {
    name: source.name,
    start: (watcher) => {
      if (flaw === "tells within start") watcher.onReady();
      source.start(flawed(watcher));
      watchers.push(watcher);
    },
    close: async () => {
      if (flaw !== "tells after close") await source.close();
    },
  };
}

describe("the registry in memory keeps the contract", () => {
  for (const { name, run } of registryContract(() => openHarness("none"))) test(name, run);
});

const flaws: readonly Exclude<Flaw, "none">[] = [
  "forgets while away",
  "misses changes",
  "is ready twice",
  "tells after close",
  "tells within start",
  "forgets its registrations",
  "tells control characters",
  "keeps the error of an entry",
  "takes an entry's error for the registry's",
];

describe("the suite notices an adapter that", () => {
  test.each(flaws)("%s", async (flaw) => {
    const failed: string[] = [];
    for (const { name, run } of registryContract(() => openHarness(flaw), { patienceMs: 50 })) await run().catch(() => failed.push(name));
    expect(failed).not.toEqual([]);
  });
});
