/**
 * The number of parameters in JVM descriptors without anything between them (`Ljava/lang/String;[I`), which is the number of arguments.
 * -1 for what is none.
 */
export function parameterCount(descriptors: string): number {
  let count = 0;
  for (let at = 0; at < descriptors.length; at += 1) {
    while (descriptors.charCodeAt(at) === 0x5b) at += 1;
    switch (descriptors.charCodeAt(at)) {
      case 0x4c: {
        at = descriptors.indexOf(";", at);
        if (at < 0) return -1;
        break;
      }
      // Z, B, C, D, F, I, J, S.
      case 0x5a:
      case 0x42:
      case 0x43:
      case 0x44:
      case 0x46:
      case 0x49:
      case 0x4a:
      case 0x53:
        break;
      default:
        return -1;
    }
    count += 1;
  }
  return count;
}
