// Finds the small changes of a source file, and the points at which a probe shows that a test reached a change.
import ts from 'typescript';

const { SyntaxKind: Kind } = ts;

/** The operators of which each is replaced by another. */
const replacedOperators = new Map([
  ...[['>', '>='], ['>=', '>'], ['<', '<='], ['<=', '<'], ['===', '!=='], ['!==', '===']],
  ...[['&&', '||'], ['||', '&&'], ['+', '-'], ['-', '+'], ['*', '/'], ['/', '*'], ['%', '*'], ['+=', '-='], ['-=', '+=']],
]); // prettier-ignore

/** Methods that return their object changed. Without the call, the object is used as it was. */
const removedMethods = new Set([
  ...['filter', 'slice', 'sort', 'reverse', 'toSorted', 'toReversed', 'flat', 'subarray'],
  ...['trim', 'trimEnd', 'trimStart', 'toLowerCase', 'toUpperCase', 'normalize'],
]);

/** Returns true for a text that people read. Its wording is not tested. SQL is not such a text. */
function isWording(text) {
  return (
    /[a-z]+,? [a-z]+,? [a-z]+/.test(text) && !/\b(SELECT|INSERT|UPDATE|DELETE|WHERE|CREATE|ALTER|SET)\b/.test(text)
  );
}

/** Returns the text of a string or of a template, or undefined for other nodes. */
function literalText(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('0');
}

/** Returns true when a node has no code that runs. */
function isTypeOnly(node) {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeParameterDeclaration(node)
  );
}

/** Returns true for a statement that a probe can precede: one of a block, or the single statement of a branch. */
function isProbed(node) {
  const { parent } = node;
  if (!ts.isStatement(node) || ts.isBlock(node)) return false;
  if (ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) return true;
  return isBranch(node);
}

/** Returns true for a statement without braces after `if`, `else`, `for` or `while`. */
function isBranch(node) {
  const { parent } = node;
  return ts.isStatement(node) && (ts.isIfStatement(parent) || ts.isIterationStatement(parent, false));
}

/** Describes a text in at most 60 characters on one line. */
function shortened(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
}

/**
 * Reads one source file.
 * @param {string} file The path of the file from the root of the repository.
 * @param {string} text
 * @returns Its `mutants`, each with the `probe` that a test passes before it reaches the change, and `instrumented`, the
 * text with probes.
 */
export function analyse(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const lines = text.split('\n');
  const insertions = [];
  const mutants = [];
  const seen = new Map();
  let probes = 0;

  const add = (operator, node, replacement, from = node.getStart(source), to = node.getEnd()) => {
    const line = source.getLineAndCharacterOfPosition(from).line;
    const original = text.slice(from, to);
    const change = from === to ? `+ ${shortened(replacement)}` : `${shortened(original)} → ${shortened(replacement)}`;
    // A change is recognised by its text, so that it remains the same change when other lines of the file change.
    const content = [file, lines[line].trim(), operator, original, replacement].join('\n');
    const occurrence = seen.get(content) ?? 0;
    seen.set(content, occurrence + 1);
    const probe = `${file}#${current}`;
    mutants.push({
      file,
      line: line + 1,
      operator,
      change,
      key: `${content}\n${occurrence}`,
      from,
      to,
      replacement,
      probe,
    });
  };

  let current = 0;
  const visit = (node) => {
    if (isTypeOnly(node) || node.modifiers?.some(({ kind }) => kind === Kind.DeclareKeyword)) return;
    const outer = current;
    if (isProbed(node)) {
      current = ++probes;
      const probe = `globalThis.__probe?.("${file}#${current}");`;
      insertions.push([node.getStart(source), isBranch(node) ? `{${probe}` : probe]);
      if (isBranch(node)) insertions.push([node.getEnd(), '}']);
    } else if (ts.isArrowFunction(node.parent ?? node) && node.parent.body === node && !ts.isBlock(node)) {
      current = ++probes;
      insertions.push([node.getStart(source), `(globalThis.__probe?.("${file}#${current}"),`]);
      insertions.push([node.getEnd(), ')']);
    }
    changesOf(node, source, add);
    ts.forEachChild(node, visit);
    current = outer;
  };
  ts.forEachChild(source, visit);
  // Insertions at one place keep their order, except that inner ends precede outer ends.
  let instrumented = `${text}\nglobalThis.__probe?.("${file}#0");\n`;
  const ordered = insertions.map(([at, added], index) => ({ at, added, index, isEnd: added === '}' || added === ')' }));
  ordered.sort(
    (a, b) => b.at - a.at || Number(a.isEnd) - Number(b.isEnd) || (a.isEnd ? a.index - b.index : b.index - a.index),
  );
  for (const { at, added } of ordered) instrumented = instrumented.slice(0, at) + added + instrumented.slice(at);
  return { mutants, instrumented };
}

/** Adds the changes of one node. Those of its children are added when they are visited. */
function changesOf(node, source, add) {
  const textOf = (part) => part.getText(source);
  const { parent } = node;
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    add('negate', node.expression, `!(${textOf(node.expression)})`);
  } else if (ts.isConditionalExpression(node)) add('negate', node.condition, `!(${textOf(node.condition)})`);

  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === Kind.ExclamationToken) add('negate', node, textOf(node.operand));
    if (node.operator === Kind.PlusPlusToken) add('arithmetic', node, `--${textOf(node.operand)}`);
    if (node.operator === Kind.MinusMinusToken) add('arithmetic', node, `++${textOf(node.operand)}`);
  }
  if (ts.isPostfixUnaryExpression(node)) {
    add('arithmetic', node, `${textOf(node.operand)}${node.operator === Kind.PlusPlusToken ? '--' : '++'}`);
  }
  if (ts.isBinaryExpression(node)) changesOfOperator(node, textOf, add);

  if (node.kind === Kind.TrueKeyword) add('literal', node, 'false');
  else if (node.kind === Kind.FalseKeyword) add('literal', node, 'true');
  const isName = parent.name === node;
  if (ts.isNumericLiteral(node) && !isName) add('literal', node, `${Number(node.text.replaceAll('_', '')) + 1}`);
  const literal = literalText(node);
  if (literal !== undefined && !isName && !isWording(literal) && !ts.isTaggedTemplateExpression(parent)) {
    add('literal', node, literal === '' ? "'changed'" : "''");
  }

  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) add('remove', node, ';');
  if (ts.isAwaitExpression(node)) add('await', node, `(${textOf(node.expression)})`);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression;
    if (removedMethods.has(name.text)) add('call', node, textOf(expression));
    if (textOf(node.expression) === 'Math.min') add('call', node.expression, 'Math.max');
    if (textOf(node.expression) === 'Math.max') add('call', node.expression, 'Math.min');
  }
  if (ts.isFunctionLike(node) && node.body && ts.isBlock(node.body) && !ts.isConstructorDeclaration(node)) {
    const [first] = node.body.statements;
    if (first && !ts.isReturnStatement(first))
      add('return', node.body, 'return; ', first.getStart(source), first.getStart(source));
  }
  if (ts.isArrayLiteralExpression(node)) removeParts(node.elements, add);
  if (ts.isObjectLiteralExpression(node)) removeParts(node.properties, add);
}

function changesOfOperator(node, textOf, add) {
  const { left, right, operatorToken } = node;
  const operator = textOf(operatorToken);
  if (operator === '??') add('swap', node, `(${textOf(right)} ?? ${textOf(left)})`);
  const replaced = replacedOperators.get(operator);
  if (replaced === undefined) return;
  if (/^[+]=?$/.test(operator) && [left, right].some((side) => literalText(side) !== undefined)) return;
  const group = /^[&|]/.test(operator)
    ? 'logic'
    : /^[<>]/.test(operator)
      ? 'boundary'
      : /^[=!]/.test(operator)
        ? 'negate'
        : 'arithmetic';
  // `a && b || c` needs no parentheses in either form, and `a ?? b || c` is not written without them.
  add(group, node, `(${textOf(left)} ${replaced} ${textOf(right)})`);
}

/** Removes each of several elements or properties. The comma that remains is removed as well. */
function removeParts(parts, add) {
  parts.forEach((part, index) => {
    const next = parts[index + 1];
    if (ts.isOmittedExpression(part)) return;
    const previous = parts[index - 1];
    if (next) add('element', part, '', part.getStart(), next.getStart());
    else if (previous) add('element', part, '', previous.getEnd(), part.getEnd());
    else add('element', part, '');
  });
}
