// Derives the CommonJS build from the ES modules: dist/cjs/ has each file of dist/ again, with the same text between its
// imports and its exports. npm sorts the files of a tarball by extension and name, so that both copies of a file are
// neighbours, and the second one compresses to almost nothing.

/** A node of a syntax tree. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}
/** An identifier, or a name in quotes. */
type Name = { name: string } | { value: string };
type Specifier = Node & { imported: Name; local: Name; exported: Name };

/**
 * Returns the CommonJS text of an ES module that the bundler has written. `program` is the syntax tree of the module.
 * @throws Error for a form of import or export that the bundler does not write today.
 */
export function toCommonJs(code: string, program: object): string {
  const edits: { start: number; end: number; text: string }[] = [];
  const replace = ({ start, end }: Node, text: string) => edits.push({ start, end, text });
  for (const statement of (program as { body: Node[] }).body) {
    if (statement.type === 'ImportDeclaration') replace(statement, requireOf(statement));
    else if (statement.type === 'ExportNamedDeclaration') replace(statement, exportsOf(statement));
    else if (statement.type.startsWith('Export')) throw new Error(`${statement.type} has no CommonJS form here`);
  }
  for (const node of nodesOf(program)) {
    if (node.type === 'ImportExpression') replace(node, lazyRequireOf(node));
    else if (node.type === 'MemberExpression' && (node['object'] as Node).type === 'MetaProperty') {
      const name = nameOf(node['property'] as Name);
      if (name !== 'dirname') throw new Error(`import.meta.${name} has no CommonJS form here`);
      replace(node, '__dirname');
    }
  }
  edits.sort((one, other) => other.start - one.start);
  for (const { start, end, text } of edits) code = code.slice(0, start) + text + code.slice(end);
  return `"use strict";\nObject.defineProperty(exports, Symbol.toStringTag, { value: "Module" });\n${code}`;
}

const nameOf = (name: Name) => ('name' in name ? name.name : name.value);
const pair = (from: string, to: string) => (from === to ? from : `${from}:${to}`);
const sourceOf = (node: Node) => JSON.stringify((node['source'] as { value: string }).value);

function requireOf(statement: Node): string {
  const load = `require(${sourceOf(statement)})`;
  const specifiers = statement['specifiers'] as Specifier[];
  if (specifiers.length === 0) return `${load};`;
  const [first] = specifiers as [Specifier];
  // As for Node, the default export of a CommonJS package is the package.
  if (first.type === 'ImportDefaultSpecifier' && specifiers.length === 1)
    return `const ${nameOf(first.local)}=${load};`;
  if (!specifiers.every(({ type }) => type === 'ImportSpecifier')) {
    throw new Error(`the imports from ${sourceOf(statement)} have no CommonJS form here`);
  }
  return `const{${specifiers.map(({ imported, local }) => pair(nameOf(imported), nameOf(local))).join(',')}}=${load};`;
}

function exportsOf(statement: Node): string {
  if (statement['declaration']) throw new Error('an exported declaration has no CommonJS form here');
  const specifiers = statement['specifiers'] as Specifier[];
  const from = statement['source'] ? `require(${sourceOf(statement)}).` : '';
  return specifiers.map(({ local, exported }) => `exports.${nameOf(exported)}=${from}${nameOf(local)};`).join('\n');
}

/** `import()` of Node does not work in every host of CommonJS, such as Jest. */
function lazyRequireOf(node: Node): string {
  return `Promise.resolve().then(() => ({ default: require(${sourceOf(node)}) }))`;
}

/** Yields all nodes of a syntax tree. */
export function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && 'start' in value) yield value as Node;
  for (const child of Object.values(value)) yield* nodesOf(child);
}
