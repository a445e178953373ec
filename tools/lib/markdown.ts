/** The fenced code blocks of Markdown. */

export interface CodeBlock {
  /** The first word behind the fence, in lower case: `ts`, `sh`. */
  readonly language: string;
  /** The other words: a block opened by "```ts run" has `run`. */
  readonly flags: readonly string[];
  readonly code: string;
  /** 1-based line of the first line of code. */
  readonly line: number;
}

const opening = /^( {0,3})(`{3,}|~{3,})\s*(.*?)\s*$/;

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const [, indent = "", fence, info = ""] = opening.exec(lines[index] ?? "") ?? [];
    if (fence === undefined) continue;
    const closing = new RegExp(`^ {0,3}${fence}${fence.charAt(0)}*\\s*$`);
    const first = index + 1;
    while (++index < lines.length && !closing.test(lines[index] ?? ""));
    const [language = "", ...flags] = info.split(/\s+/);
    const code = lines.slice(first, index).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
    blocks.push({ language: language.toLowerCase(), flags, code: code.join("\n"), line: first + 1 });
  }
  return blocks;
}
