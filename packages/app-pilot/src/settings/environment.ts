import { didYouMean } from "../suggest.ts";
import { variableOf, type AnySetting } from "./setting.ts";

/** What Kubernetes puts into every container for a Service that is called `pilot`. */
const ofKubernetes = /^PILOT_(SERVICE_(HOST|PORT)|PORT)(_|$)/;

/** Where the path of the settings file may stand. */
export const settingsFileVariable = "PILOT_SETTINGS";

/** Warnings of variables with our prefix that mean nothing here; Istio has many of them. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>, known: readonly AnySetting[]): string[] {
  const names = [...known.map(variableOf), settingsFileVariable];
  return Object.keys(env)
    .filter((name) => name.startsWith("PILOT_") && !names.includes(name) && !ofKubernetes.test(name))
    .sort()
    .map((name) => `the variable ${name} is not known and means nothing${didYouMean(name, names)}`);
}
