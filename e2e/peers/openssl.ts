import { join } from "node:path";
import { runProgram } from "./process.ts";
import { findProgram, toolPath, type PeerTool } from "./tools.ts";

export const openssl: PeerTool = {
  name: "openssl",
  installHint: "apt-get install openssl",
  find: () => findProgram("openssl"),
};

/** A key and a self-signed certificate for a host, made now and good for two days, as PEM files in a folder. */
export async function makeCertificate(host: string, folder: string): Promise<{ readonly key: string; readonly certificate: string }> {
  const [key, certificate] = [join(folder, `${host}.key`), join(folder, `${host}.pem`)];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const { exit, stderr } = await runProgram(toolPath(openssl), [...made, "-keyout", key, "-out", certificate, ...subject]);
  if (exit.code !== 0) throw new Error(`openssl could not make a certificate:\n${stderr}`);
  return { key, certificate };
}
