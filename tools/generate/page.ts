/** What makes a generated page of the docs: each file of tools/generate/pages has one as its default export. */
export interface Page {
  /** Where the page goes, relative to the root: `docs/reference/errors.md`. */
  readonly path: string;
  /** The whole text. Equal sources make equal text: no dates, no order that chance decides. */
  generate(root: string): string | Promise<string>;
}

/** A row of a Markdown table. */
function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

/** A Markdown table with a row of headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(headings), tableRow(headings.map(() => "---")), ...rows.map(tableRow)].join("\n");
}
