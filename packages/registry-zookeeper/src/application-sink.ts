import { createHash } from "node:crypto";
import type { RegistryError, RegistryRegistration } from "@mesh/registry";
import { failureOf, type ZookeeperClient } from "./client/zookeeper-client.ts";
import { appInstanceText, appMetadataText } from "./layouts/dubbo-app-instance.ts";
import type { DubboServicesRoots } from "./layouts/dubbo-services.ts";
import { addressOf } from "./provider-url.ts";
import { createParents, ignoring, Record, type RecordOptions } from "./record.ts";

export interface ApplicationSinkOptions extends RecordOptions {
  readonly roots: DubboServicesRoots;
  /** Parameters of the service, as the interface level has them; undefined for what is not Dubbo's. */
  readonly parametersOf: (registration: RegistryRegistration) => ReadonlyMap<string, string> | undefined;
}

/**
 * Writes Dubbo 3's application level: one instance for all that is registered of an application at an address, and its metadata beside it
 * (`metadata-type=remote`), so that consumers need not ask the instance. The metadata go with the session, too: nobody else has their revision.
 */
export class ApplicationSink {
  readonly #options: ApplicationSinkOptions;
  readonly #groups: Map<string, Group> = new Map();
  /** The group of each registration. */
  readonly #places: Map<string, Group> = new Map();
  #client: ZookeeperClient | undefined = undefined;

  constructor(options: ApplicationSinkOptions) {
    this.#options = options;
  }

  /** Resolves when the application has it. */
  async put(key: string, registration: RegistryRegistration): Promise<void> {
    const application = registration.labels?.["application"] ?? "";
    const parameters = application === "" ? undefined : this.#options.parametersOf(registration);
    const name = `${application} ${addressOf({ host: registration.address, port: registration.port })}`;
    const before = this.#places.get(key);
    if (before !== undefined && (parameters === undefined || before.name !== name)) await this.remove(key);
    if (parameters === undefined) return;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, application, registration, this.#options, () => this.#groups.delete(name));
      this.#groups.set(name, group);
    }
    this.#places.set(key, group);
    group.members.set(key, { registration, parameters });
    await group.sync(this.#client);
  }

  async remove(key: string): Promise<void> {
    const group = this.#places.get(key);
    if (group === undefined) return;
    this.#places.delete(key);
    group.members.delete(key);
    await group.sync(this.#client);
  }

  connected(client: ZookeeperClient): void {
    this.#client = client;
  }

  disconnected(): void {
    this.#client = undefined;
  }

  check(client: ZookeeperClient): void {
    for (const group of this.#groups.values()) group.check(client);
  }

  close(error: RegistryError): void {
    for (const group of this.#groups.values()) group.close(error);
    this.#groups.clear();
    this.#places.clear();
  }
}

/** Something that an application provides. */
interface Member {
  readonly registration: RegistryRegistration;
  readonly parameters: ReadonlyMap<string, string>;
}

/** An application at an address. */
class Group {
  readonly name: string;
  readonly members: Map<string, Member> = new Map();
  readonly #application: string;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #options: ApplicationSinkOptions;
  readonly #onGone: () => void;
  readonly #instance: Record;
  /** By revision. */
  readonly #metadata: Map<string, Record> = new Map();
  /** One change after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    name: string,
    application: string,
    { address, port }: RegistryRegistration,
    options: ApplicationSinkOptions,
    onGone: () => void,
  ) {
    this.name = name;
    this.#application = application;
    this.#address = { host: address, port };
    this.#options = options;
    this.#onGone = onGone;
    this.#instance = new Record(options, () => undefined, true);
  }

  sync(client: ZookeeperClient | undefined): Promise<void> {
    const mine = this.#last.then(() => this.#write(client));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  check(client: ZookeeperClient): void {
    this.#instance.check(client);
    for (const record of this.#metadata.values()) record.check(client);
  }

  close(error: RegistryError): void {
    this.#instance.close(error);
    for (const record of this.#metadata.values()) record.close(error);
  }

  /** First what an instance refers to, then the instance, then what nobody refers to any more is taken away. */
  async #write(client: ZookeeperClient | undefined): Promise<void> {
    const revision = this.members.size === 0 ? undefined : await this.#writeInstance(client);
    if (revision === undefined) await this.#instance.want(undefined, client);
    for (const [other, record] of this.#metadata) {
      if (other !== revision) await record.want(undefined, client);
    }
    if (this.members.size === 0) this.#onGone();
  }

  async #writeInstance(client: ZookeeperClient | undefined): Promise<string> {
    const { services, mapping, metadata } = this.#options.roots;
    const provided = [...this.members.values()].map(({ registration: { service, protocol, port }, parameters }) => ({
      service,
      protocol,
      port,
      parameters,
    }));
    const content = appMetadataText(this.#application, "", provided);
    const revision = createHash("md5").update(`${this.name} ${content}`).digest("hex");
    const record = this.#metadata.get(revision) ?? new Record(this.#options, () => this.#metadata.delete(revision), true);
    this.#metadata.set(revision, record);
    const data = Buffer.from(appMetadataText(this.#application, revision, provided));
    await record.want({ key: revision, path: `${metadata}/${this.#application}/${revision}`, data }, client);
    const names = new Set(provided.map(({ service }) => service));
    await this.#instance.want(
      {
        key: this.name,
        path: `${services}/${this.#application}/${addressOf(this.#address)}`,
        data: Buffer.from(appInstanceText(this.#application, this.#address, revision, provided)),
        prepare: async (current) => {
          for (const name of names) await addToMapping(current, `${mapping}/${name}`, this.#application);
        },
      },
      client,
    );
    return revision;
  }
}

/** Others write there at the same time: what was read is replaced only if it is still what was read. */
async function addToMapping(client: ZookeeperClient, path: string, application: string): Promise<void> {
  for (;;) {
    const stat = await client.exists(path);
    if (stat === undefined) {
      await createParents(client, path);
      if (await ignoring("node-exists", client.create(path, Buffer.from(application), "persistent"))) return;
      continue;
    }
    try {
      const names = (await client.data(path))
        .toString("utf8")
        .split(",")
        .filter((name) => name !== "");
      if (names.includes(application)) return;
      await client.setData(path, Buffer.from([...names, application].join(",")), stat.version);
      return;
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== "bad-version" && failure !== "no-node") throw error;
    }
  }
}
