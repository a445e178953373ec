import { readCatalogue } from "../../checks/errors.ts";
import { publishedPackages } from "../../lib/workspace.ts";
import { table, type Page } from "../page.ts";

const introduction = `# Errors

Each error of a package carries a \`code\` that stays as it is from version to version: compare it, not the message or the class.
The message says where and what to do; \`cause\`, where there is one, is the error beneath.
`;

const page: Page = {
  path: "docs/reference/errors.md",
  generate(root) {
    const { codes } = readCatalogue(root);
    const sections = publishedPackages(root).flatMap(({ name }) => {
      const own = codes.filter(({ owner }) => owner === name).sort((a, b) => (a.code < b.code ? -1 : 1));
      if (own.length === 0) return [];
      return [
        `## ${name}\n\n${table(
          ["Code", "Meaning"],
          own.map(({ code, meaning }) => [`\`${code}\``, meaning]),
        )}\n`,
      ];
    });
    return [introduction, ...sections].join("\n");
  },
};

export default page;
