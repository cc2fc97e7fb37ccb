// Parses a template with @huggingface/jinja, and first rewrites the syntax that its grammar lacks.
import { parse, tokenize } from '@huggingface/jinja';

/** A node of the tree. The parser does not export its own types. */
export type Node =
  | { type: 'Program'; body: Node[] }
  | { type: 'If'; test: Node; body: Node[]; alternate: Node[] }
  | { type: 'For'; loopvar: Node; iterable: Node; body: Node[]; defaultBlock: Node[] }
  | { type: 'Set'; assignee: Node; value: Node | null; body: Node[] }
  | { type: 'Macro'; name: IdentifierNode; args: Node[]; body: Node[] }
  | { type: 'CallStatement'; call: CallNode; callerArgs: Node[] | null; body: Node[] }
  | { type: 'FilterStatement'; filter: Node; body: Node[] }
  | { type: 'Comment' }
  | { type: 'Break' | 'Continue' }
  | { type: 'IntegerLiteral' | 'FloatLiteral'; value: number }
  | { type: 'StringLiteral'; value: string }
  | { type: 'ArrayLiteral' | 'TupleLiteral'; value: Node[] }
  | { type: 'ObjectLiteral'; value: Map<Node, Node> }
  | IdentifierNode
  | { type: 'MemberExpression'; object: Node; property: Node; computed: boolean }
  | CallNode
  | { type: 'BinaryExpression'; operator: { value: string }; left: Node; right: Node }
  | { type: 'FilterExpression'; operand: Node; filter: Node }
  | { type: 'UnaryExpression'; operator: { value: string }; argument: Node }
  | { type: 'SliceExpression'; start?: Node; stop?: Node; step?: Node }
  | { type: 'KeywordArgumentExpression'; key: IdentifierNode; value: Node }
  | { type: 'SpreadExpression' | 'KeywordSpreadExpression'; argument: Node }
  | { type: 'SelectExpression'; lhs: Node; test: Node }
  | { type: 'Ternary'; condition: Node; trueExpr: Node; falseExpr: Node };
export interface IdentifierNode {
  type: 'Identifier';
  value: string;
}
export interface CallNode {
  type: 'CallExpression';
  callee: Node;
  args: Node[];
}

type Token = ReturnType<typeof tokenize>[number];

/** The name of the filter that stands for a test: `is ` or `is not ` and the name of the test. No real filter has such a name. */
export const testPrefix = /^is (not )?(\w+)$/;

/**
 * Returns the tree of a template. Whitespace is kept as in Jinja by default.
 * @throws SyntaxError for a text that is not a template, and for a feature that is not supported.
 */
export function parseTemplate(source: string): Node {
  try {
    const tokens = tokenize(source);
    refuseChains(tokens);
    return parse(withTestsAsFilters(tokens)) as unknown as Node;
  } catch (cause) {
    // The parser reads beyond the last token if a bracket or a block is not closed.
    if (cause instanceof TypeError) throw new SyntaxError('it ends too early: something is left open', { cause });
    throw cause instanceof SyntaxError ? cause : new SyntaxError((cause as Error).message, { cause });
  }
}

const opening: ReadonlySet<string> = new Set(['OpenParen', 'OpenSquareBracket', 'OpenCurlyBracket']);
const closing: ReadonlySet<string> = new Set(['CloseParen', 'CloseSquareBracket', 'CloseCurlyBracket']);
const separators: ReadonlySet<string> = new Set([
  ...['Comma', 'Colon', 'Equals', 'OpenStatement', 'CloseStatement', 'OpenExpression', 'CloseExpression'],
]);

function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.type === 'Identifier' && words.includes(token.value);
}

/**
 * Refuses `a < b < c`, which is a chain in Jinja and `(a < b) < c` for the parser. Without this check such a template
 * would build a wrong widget.
 */
function refuseChains(tokens: Token[]): void {
  const counts = [0];
  for (const [index, token] of tokens.entries()) {
    if (opening.has(token.type)) counts.push(0);
    else if (closing.has(token.type)) counts.pop();
    else if (separators.has(token.type) || isWord(token, 'and', 'or', 'if', 'else')) counts[counts.length - 1] = 0;
    else if (isWord(token, 'not') && !isWord(tokens[index + 1], 'in')) counts[counts.length - 1] = 0;
    else if (token.type === 'ComparisonBinaryOperator' || isOperatorIn(tokens, index)) {
      const count = (counts.at(-1) ?? 0) + 1;
      counts[counts.length - 1] = count;
      if (count > 1) throw new SyntaxError('a chain of comparisons is not supported: write `a < b and b < c`');
    }
  }
}

/** Returns true for the operator `in`, and false for the test or an attribute with this name. */
function isOperatorIn(tokens: Token[], index: number): boolean {
  if (!isWord(tokens[index], 'in')) return false;
  const before = tokens[index - 1];
  if (before?.type === 'Dot' || isWord(before, 'is')) return false;
  return !(isWord(before, 'not') && isWord(tokens[index - 2], 'is'));
}

// From the tokenizer, because it does not export the class of its tokens.
const [, , pipe, , openParen, closeParen] = tokenize('{{ a | b() }}') as [Token, Token, Token, Token, Token, Token];

/**
 * Rewrites tests as filters, because the parser supports only tests without arguments, and no test before a filter. So
 * `x is odd` becomes a filter of x, `x is divisibleby(3)` a filter with arguments, and `x is sameas none` gets parentheses.
 */
function withTestsAsFilters(tokens: Token[]): Token[] {
  const result: Token[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    const before = tokens[index - 1]?.type;
    const negated = isWord(tokens[index + 1], 'not');
    const nameAt = index + (negated ? 2 : 1);
    const name = tokens[nameAt];
    if (!isWord(token, 'is') || before === 'Dot' || before === 'Pipe' || name?.type !== 'Identifier') {
      result.push(token);
      continue;
    }
    name.value = `is ${negated ? 'not ' : ''}${name.value}`;
    result.push(pipe, name);
    index = nameAt;
    const first = tokens[nameAt + 1];
    if (first?.type === 'OpenParen' || !startsArgument(first)) continue;
    const end = endOfPrimary(tokens, nameAt + 1);
    result.push(openParen, ...withTestsAsFilters(tokens.slice(nameAt + 1, end)), closeParen);
    index = end - 1;
  }
  return result;
}

function startsArgument(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.type === 'Identifier') return !isWord(token, 'and', 'or', 'if', 'else', 'is', 'in', 'not');
  return opening.has(token.type) || token.type === 'StringLiteral' || token.type === 'NumericLiteral';
}

/** Returns the index after a value with its attributes, indexes and calls. */
function endOfPrimary(tokens: Token[], start: number): number {
  let index = afterGroup(tokens, start);
  for (;;) {
    const type = tokens[index]?.type;
    if (type === 'Dot') index += 2;
    else if (type === 'OpenSquareBracket' || type === 'OpenParen') index = afterGroup(tokens, index);
    else return index;
  }
}

/** Returns the index after the token, or after the matching bracket of an opening bracket. */
function afterGroup(tokens: Token[], start: number): number {
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const type = tokens[index]?.type ?? '';
    if (opening.has(type)) depth++;
    if (closing.has(type)) depth--;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}
