/**
 * Where in a configuration a value stands, in the names of the .proto files: `static_resources.clusters[2].lb_policy`. A path is made
 * while configuration is compiled and turned into text only for a message.
 */
export class ConfigPath {
  static readonly root: ConfigPath = new ConfigPath(undefined, "");

  readonly #parent: ConfigPath | undefined;
  readonly #text: string;

  private constructor(parent: ConfigPath | undefined, text: string) {
    this.#parent = parent;
    this.#text = text;
  }

  /** A path that begins with `text`, for what does not come from the bootstrap: `cluster "echo"`. */
  static of(text: string): ConfigPath {
    return new ConfigPath(undefined, text);
  }

  /** @param name as in the .proto file */
  field(name: string): ConfigPath {
    return new ConfigPath(this, name);
  }

  /** An element of a list, counted from 0. */
  index(index: number): ConfigPath {
    return new ConfigPath(this, `[${index}]`);
  }

  /** An entry of a map. */
  key(key: string): ConfigPath {
    return new ConfigPath(this, `[${JSON.stringify(key)}]`);
  }

  toString(): string {
    const parent = this.#parent?.toString() ?? "";
    return parent === "" || this.#text.startsWith("[") ? parent + this.#text : `${parent}.${this.#text}`;
  }
}
