import { typeUrl } from "@mesh/xds-proto";

/** Istio's name discovery (NDS). */
export const nameTableTypeUrl: string = typeUrl("istio.networking.nds.v1.NameTable");
