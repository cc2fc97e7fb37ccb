// Reads CHANGELOG.md, whose sections begin with `## [Unreleased]` or `## [1.2.3] - 2026-01-31`.

/**
 * Returns the title, the text and the position of each section.
 * @param {string} changelog
 */
export function sectionsOf(changelog) {
  const titles = [...changelog.matchAll(/^## \[([^\]\n]+)\](?: - (\S+))?[ \t]*$/gm)];
  return titles.map(({ 0: line, 1: name, 2: date, index }, position) => {
    const start = index + line.length;
    const end = titles[position + 1]?.index ?? changelog.length;
    return { name, date, index, start, text: changelog.slice(start, end) };
  });
}

/**
 * Returns true if the section has an entry of a list.
 * @param {{ text: string }} section
 */
export const hasEntries = (section) => /^- \S/m.test(section.text);
