import type { ExtensionDescriptor } from "@mesh/proxy-core";

/**
 * Call credentials of `google_grpc` that are metadata from a file, a token say (`from_plugin`). To be given in the proxy's `extensions` where a
 * configuration may name it.
 */
export const fileBasedMetadata: ExtensionDescriptor = {
  name: "envoy.grpc_credentials.file_based_metadata",
  category: "envoy.grpc_credentials",
  messageName: "envoy.config.grpc_credential.v3.FileBasedMetadataConfig",
  fields: undefined,
};
