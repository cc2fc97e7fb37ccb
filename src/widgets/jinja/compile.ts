// Compiles a template into a function of its data. This module has the statements.
import { type CallNode, type Node, parseTemplate } from './ast';
import { compileArguments, compileExpression, compileFilter, type Expression } from './expressions';
import { loopOver } from './globals';
import { toText } from './print';
import { Scope } from './scope';
import { countSteps } from './steps';
import { type Piece, Text } from './text';
import { Callable, elementsOf, foundOr, isTrue, Namespace, RenderError, type Value } from './values';

type Print = (scope: Scope, output: Piece[]) => void;
type Assign = (scope: Scope, value: Value) => void;

/**
 * Compiles the template into a function that prints it for the given variables, in pieces that know their source.
 * @throws SyntaxError for a text that is not a template, and for a feature that is not supported.
 */
export function compileTemplate(source: string): (variables: Iterable<readonly [string, Value]>) => readonly Piece[] {
  const print = compileStatement(parseTemplate(source));
  return (variables) => {
    const scope = new Scope();
    for (const [name, value] of variables) scope.set(name, value);
    const output: Piece[] = [];
    print(scope, output);
    return output;
  };
}

function compileBlock(nodes: Node[]): Print {
  const statements = nodes.map((node) => compileStatement(node));
  return (scope, output) => {
    for (const statement of statements) {
      countSteps();
      statement(scope, output);
    }
  };
}

/** Returns the output of a block as a text. */
function compileCapture(nodes: Node[]): (scope: Scope) => Text {
  const print = compileBlock(nodes);
  return (scope) => {
    const output: Piece[] = [];
    print(new Scope(scope), output);
    return new Text(output);
  };
}

function compileStatement(node: Node): Print {
  switch (node.type) {
    case 'Program':
      return compileBlock(node.body);
    case 'If': {
      const test = compileExpression(node.test);
      const [body, alternate] = [compileBlock(node.body), compileBlock(node.alternate)];
      return (scope, output) => (isTrue(test(scope)) ? body : alternate)(scope, output);
    }
    case 'For':
      return compileFor(node);
    case 'Set':
      return compileSet(node);
    case 'Macro': {
      const macro = compileMacro(node.name.value, node.args, node.body);
      return (scope) => scope.set(node.name.value, macro(scope));
    }
    case 'CallStatement':
      return compileCallStatement(node.call, node.callerArgs ?? [], node.body);
    case 'FilterStatement': {
      const [body, filter] = [compileCapture(node.body), compileFilter(node.filter)];
      return (scope, output) => printPieces(filter(body(scope), scope), output);
    }
    case 'Comment':
      return () => undefined;
    default: {
      const expression = compileExpression(node);
      return (scope, output) => printPieces(expression(scope), output);
    }
  }
}

function printPieces(value: Value, output: Piece[]): void {
  const { pieces } = toText(value);
  countSteps(pieces.length);
  for (const piece of pieces) output.push(piece);
}

function compileFor(node: Extract<Node, { type: 'For' }>): Print {
  const assign = compileTarget(node.loopvar);
  const [source, condition] =
    node.iterable.type === 'SelectExpression' ? [node.iterable.lhs, node.iterable.test] : [node.iterable, undefined];
  const iterable = compileExpression(source);
  const holds = condition && compileExpression(condition);
  const body = compileBlock(node.body);
  const otherwise = compileBlock(node.defaultBlock);
  const within = (scope: Scope, element: Value): Scope => {
    const inner = new Scope(scope);
    assign(inner, element);
    return inner;
  };
  return (scope, output) => {
    let elements = elementsOf(iterable(scope));
    if (holds) elements = elements.filter((element) => isTrue(holds(within(scope, element))));
    const loop = loopOver(elements);
    // A copy, because the body can change the list.
    for (const [index, element] of [...elements].entries()) {
      countSteps();
      const inner = within(scope, element);
      inner.set('loop', loop(index));
      body(inner, output);
    }
    if (elements.length === 0) otherwise(new Scope(scope), output);
  };
}

/** Assigns a value to a name, or spreads it over several names. */
function compileTarget(node: Node): Assign {
  if (node.type === 'Identifier') return (scope, value) => scope.set(node.value, value);
  if (node.type === 'TupleLiteral') {
    const targets = node.value.map(compileTarget);
    return (scope, value) => {
      const elements = elementsOf(value);
      if (elements.length !== targets.length) {
        throw new RenderError(`${targets.length} names are to be set from ${elements.length} values`);
      }
      targets.forEach((assign, index) => assign(scope, elements[index] ?? null));
    };
  }
  if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier') {
    const target = compileExpression(node.object);
    const name = node.property.value;
    return (scope, value) => {
      const object = target(scope);
      if (!(object instanceof Namespace) || object.kind !== 'namespace') {
        throw new RenderError(`only attributes of a namespace() can be set, and .${name} is not one`);
      }
      object.attributes.set(name, value);
    };
  }
  throw new SyntaxError(`${node.type} cannot be set`);
}

function compileSet(node: Extract<Node, { type: 'Set' }>): Print {
  // `{% set name | filter %}…{% endset %}` filters the output of the block.
  const filters: ReturnType<typeof compileFilter>[] = [];
  let target = node.assignee;
  for (; node.value === null && target.type === 'FilterExpression'; target = target.operand) {
    filters.unshift(compileFilter(target.filter));
  }
  const assign = compileTarget(target);
  const value: Expression = node.value ? compileExpression(node.value) : compileCapture(node.body);
  return (scope) => {
    const given = value(scope);
    assign(
      scope,
      filters.reduce((current, filter) => filter(current, scope), given),
    );
  };
}

/** A macro sees the variables of its definition, not those of its call. */
function compileMacro(name: string, parameterNodes: Node[], bodyNodes: Node[]): (scope: Scope) => Callable {
  const body = compileBlock(bodyNodes);
  const parameters = parameterNodes.map((node) => {
    if (node.type === 'Identifier') return { name: node.value, value: undefined };
    if (node.type === 'KeywordArgumentExpression') {
      return { name: node.key.value, value: compileExpression(node.value) };
    }
    throw new SyntaxError(`${node.type} is not a parameter of a macro`);
  });
  return (outer) =>
    new Callable(name, ({ positional, named }) => {
      if (positional.length > parameters.length) {
        throw new RenderError(`the macro ${name} takes at most ${parameters.length} arguments`);
      }
      const scope = new Scope(outer);
      const rest = new Map(named);
      for (const [index, parameter] of parameters.entries()) {
        const given = index < positional.length ? positional[index] : rest.get(parameter.name);
        const value = given === undefined ? parameter.value?.(scope) : given;
        scope.set(parameter.name, foundOr(value, `the argument '${parameter.name}' was not given`));
        rest.delete(parameter.name);
      }
      const caller = rest.get('caller');
      scope.set('caller', foundOr(caller, `the macro ${name} was called without a call block`));
      rest.delete('caller');
      for (const unknown of rest.keys()) throw new RenderError(`the macro ${name} has no argument ${unknown}`);
      const output: Piece[] = [];
      body(scope, output);
      return new Text(output);
    });
}

function compileCallStatement(call: CallNode, parameters: Node[], body: Node[]): Print {
  const callee = compileExpression(call.callee);
  const given = compileArguments(call.args);
  const caller = compileMacro('caller', parameters, body);
  return (scope, output) => {
    const macro = callee(scope);
    if (!(macro instanceof Callable)) throw new RenderError('a call block needs a macro');
    const { positional, named } = given(scope);
    named.set('caller', caller(scope));
    printPieces(macro.call({ positional, named }), output);
  };
}
