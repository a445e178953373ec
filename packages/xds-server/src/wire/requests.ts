/**
 * Requests, read by hand: most are acknowledgements, which repeat the names of all that is subscribed to (state of the world) and often
 * the node. Neither is looked into before it is known to be needed.
 */
import { xdsServerError } from "../errors.ts";
import { FieldReader } from "./field-reader.ts";

/** `error_detail`: why a client refuses a response. */
export interface RequestError {
  /** Of gRPC. */
  readonly code: number;
  readonly message: string;
}

/** `envoy.service.discovery.v3.DiscoveryRequest` */
export interface SotwRequest {
  readonly versionInfo: string;
  /** Encoded; undefined where the request has none. */
  readonly node: Buffer | undefined;
  /** The fields `resource_names` as they came, with their tags. */
  readonly names: Buffer;
  readonly nameCount: number;
  readonly typeUrl: string;
  readonly nonce: string;
  readonly error: RequestError | undefined;
}

/** `envoy.service.discovery.v3.DeltaDiscoveryRequest` */
export interface DeltaRequest {
  readonly node: Buffer | undefined;
  readonly typeUrl: string;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** `initial_resource_versions`: the versions that the client has, by name. */
  readonly initialVersions: ReadonlyMap<string, string>;
  readonly nonce: string;
  readonly error: RequestError | undefined;
}

const noBytes = Buffer.alloc(0);

/** Throws MESH_XDS_SERVER_MALFORMED, MESH_XDS_SERVER_UNSUPPORTED. The result has views of `bytes`. */
export function readSotwRequest(bytes: Buffer): SotwRequest {
  const reader = new FieldReader(bytes);
  let versionInfo = "";
  let node: Buffer | undefined;
  let typeUrl = "";
  let nonce = "";
  let error: RequestError | undefined;
  let nameCount = 0;
  let namesStart = 0;
  let namesEnd = 0;
  const scattered: Buffer[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        versionInfo = reader.text();
        break;
      case 2:
        node = reader.view();
        break;
      case 3:
        reader.delimited();
        if (reader.start !== namesEnd) {
          if (namesEnd > namesStart) scattered.push(bytes.subarray(namesStart, namesEnd));
          namesStart = reader.start;
        }
        nameCount += 1 + reader.skipAlike();
        namesEnd = reader.position;
        break;
      case 4:
        typeUrl = reader.text();
        break;
      case 5:
        nonce = reader.text();
        break;
      case 6:
        error = readError(reader.message());
        break;
      case 7:
        throw locatorsUnsupported();
      default:
        reader.skip();
    }
  }
  const last = namesEnd > namesStart ? bytes.subarray(namesStart, namesEnd) : noBytes;
  const names = scattered.length === 0 ? last : Buffer.concat([...scattered, last]);
  return { versionInfo, node, names, nameCount, typeUrl, nonce, error };
}

/** The names of `SotwRequest.names`. */
export function readNames(raw: Buffer): string[] {
  const names: string[] = [];
  const reader = new FieldReader(raw);
  while (reader.next()) names.push(reader.text());
  return names;
}

/** Throws MESH_XDS_SERVER_MALFORMED, MESH_XDS_SERVER_UNSUPPORTED. */
export function readDeltaRequest(bytes: Buffer): DeltaRequest {
  const reader = new FieldReader(bytes);
  let node: Buffer | undefined;
  let typeUrl = "";
  let nonce = "";
  let error: RequestError | undefined;
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const initialVersions = new Map<string, string>();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        node = reader.view();
        break;
      case 2:
        typeUrl = reader.text();
        break;
      case 3:
        subscribe.push(reader.text());
        break;
      case 4:
        unsubscribe.push(reader.text());
        break;
      case 5:
        readVersion(reader.message(), initialVersions);
        break;
      case 6:
        nonce = reader.text();
        break;
      case 7:
        error = readError(reader.message());
        break;
      case 8:
      case 9:
        throw locatorsUnsupported();
      default:
        reader.skip();
    }
  }
  return { node, typeUrl, subscribe, unsubscribe, initialVersions, nonce, error };
}

/** An entry of the map `initial_resource_versions`. */
function readVersion(reader: FieldReader, versions: Map<string, string>): void {
  let name = "";
  let version = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) version = reader.text();
    else reader.skip();
  }
  versions.set(name, version);
}

/** `google.rpc.Status` */
function readError(reader: FieldReader): RequestError {
  let code = 0;
  let message = "";
  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === 0) code = reader.varint();
    else if (reader.field === 2) message = reader.text();
    else reader.skip();
  }
  return { code, message };
}

function locatorsUnsupported(): Error {
  return xdsServerError("MESH_XDS_SERVER_UNSUPPORTED", "resource locators are not supported: ask for resources by name");
}
