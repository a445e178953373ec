import type { RoutableRequest, Route } from "./contract.ts";
import { pathEnd } from "./path-matcher.ts";
import type { RouteMatch } from "./route-match.ts";

/** A route with its conditions. */
export interface RouteEntry {
  readonly match: RouteMatch;
  readonly route: Route;
}

/** From here on, looking exact paths up is cheaper than comparing one by one. */
const indexedFrom = 6;

/** The routes of a virtual host: the first that matches is the one. */
export class RouteList {
  /** Routes by their exact path, with their places among all routes. */
  readonly #exact: ReadonlyMap<string, readonly PlacedEntry[]> | undefined;
  readonly #others: readonly PlacedEntry[];

  constructor(entries: readonly RouteEntry[]) {
    const placed = entries.map(({ match, route }, place) => new PlacedEntry(match, route, place));
    const exact = placed.filter(({ match }) => match.exactPath !== undefined);
    if (exact.length < indexedFrom) {
      this.#exact = undefined;
      this.#others = placed;
    } else {
      this.#exact = Map.groupBy(exact, ({ match }) => match.exactPath ?? "");
      this.#others = placed.filter(({ match }) => match.exactPath === undefined);
    }
  }

  find(request: RoutableRequest, random: number): Route | undefined {
    const { path } = request;
    const end = pathEnd(path);
    const exact = this.#exact?.get(end === path.length ? path : path.slice(0, end));
    const others = this.#others;
    if (exact === undefined) {
      for (let i = 0; i < others.length; i++) {
        const entry = others[i] as PlacedEntry;
        if (entry.match.matches(request, path, end, random)) return entry.route;
      }
      return undefined;
    }
    let next = 0;
    for (const entry of exact) {
      for (; next < others.length; next++) {
        const other = others[next] as PlacedEntry;
        if (other.place > entry.place) break;
        if (other.match.matches(request, path, end, random)) return other.route;
      }
      if (entry.match.matchesBesidesPath(request, path, end, random)) return entry.route;
    }
    for (; next < others.length; next++) {
      const other = others[next] as PlacedEntry;
      if (other.match.matches(request, path, end, random)) return other.route;
    }
    return undefined;
  }
}

class PlacedEntry {
  readonly match: RouteMatch;
  readonly route: Route;
  readonly place: number;

  constructor(match: RouteMatch, route: Route, place: number) {
    this.match = match;
    this.route = route;
    this.place = place;
  }
}
