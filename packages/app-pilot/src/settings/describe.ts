import { isListSetting, variableOf } from "./setting.ts";
import { allSettings } from "./table.ts";

/** A setting of `pilot discovery`, for its page of the docs. */
export interface SettingDescription {
  /** Of the flag and the key in the file. */
  readonly name: string;
  readonly variable: string;
  /** `<duration>` */
  readonly argument: string;
  readonly about: string;
  /** As a user would write it, or in words. */
  readonly fallback: string;
}

export function describeSettings(): SettingDescription[] {
  return allSettings.map((setting) => ({
    name: setting.name,
    variable: variableOf(setting),
    argument: setting.argument,
    about: setting.about,
    fallback: isListSetting(setting) ? "none" : setting.otherwise === undefined ? `\`${setting.fallback}\`` : setting.otherwise,
  }));
}
