// Turns the expressions of a template into functions of its variables.
import type { Filter } from './arguments';
import { type CallNode, type IdentifierNode, type Node, testPrefix } from './ast';
import { findFilter } from './filters';
import { attributeAt, sliceOf, subscript } from './members';
import { callMethod } from './methods';
import { operators } from './operators';
import type { Scope } from './scope';
import { countSteps } from './steps';
import { runTest, tests } from './test-functions';
import { Text } from './text';
import {
  type Arguments,
  Callable,
  defined,
  elementsOf,
  Float,
  foundOr,
  isTrue,
  keyOf,
  Namespace,
  numberOf,
  orNone,
  RenderError,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values';

export type Expression = (scope: Scope) => Value;

const constants: ReadonlyMap<string, Value> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** Compiles an expression. @throws SyntaxError for an invalid expression, and for an unknown filter or test. */
export function compileExpression(node: Node): Expression {
  switch (node.type) {
    case 'IntegerLiteral':
      return () => node.value;
    case 'FloatLiteral':
      return () => new Float(node.value);
    case 'StringLiteral': {
      const text = new Text(node.value, 'template');
      return () => text;
    }
    case 'ArrayLiteral': {
      const items = node.value.map(compileExpression);
      return (scope) => items.map((item) => item(scope));
    }
    case 'TupleLiteral': {
      const items = node.value.map(compileExpression);
      return (scope) => new Tuple(items.map((item) => item(scope)));
    }
    case 'ObjectLiteral':
      return compileObject(node.value);
    case 'Identifier':
      return compileIdentifier(node);
    case 'MemberExpression':
      return compileMember(node.object, node.property, node.computed);
    case 'CallExpression':
      return compileCall(node);
    case 'BinaryExpression':
      return compileBinary(node.operator.value, node.left, node.right);
    case 'UnaryExpression':
      return compileUnary(node.operator.value, node.argument);
    case 'FilterExpression': {
      const operand = compileExpression(node.operand);
      const filter = compileFilter(node.filter);
      return (scope) => filter(operand(scope), scope);
    }
    case 'Ternary':
      return compileCondition(node.condition, node.trueExpr, node.falseExpr);
    case 'SelectExpression':
      return compileCondition(node.test, node.lhs, undefined);
    default:
      throw new SyntaxError(`${node.type} is not supported here`);
  }
}

function compileIdentifier({ value: name }: IdentifierNode): Expression {
  const constant = constants.get(name);
  if (constant !== undefined) return () => constant;
  const meaning = studioNames.get(name);
  if (!meaning) return (scope) => scope.get(name);
  return (scope) => {
    const value = scope.find(name);
    return value === undefined ? meaning(scope) : value;
  };
}

const missing = new Undefined("'undefined' is undefined", 'optional');

/**
 * Names of ChatKit Studio that Jinja does not have: `undefined` of JavaScript, and `index`, which
 * counts the rounds of a `map` from 0. A variable with the same name takes precedence.
 */
const studioNames: ReadonlyMap<string, Expression> = new Map<string, Expression>([
  ['undefined', () => missing],
  [
    'index',
    (scope) => {
      const loop = scope.find('loop');
      const isLoop = loop instanceof Namespace && loop.kind === 'loop';
      return foundOr(isLoop ? loop.attributes.get('index0') : undefined, "'index' is undefined");
    },
  ],
]);

function compileObject(entries: Map<Node, Node>): Expression {
  const compiled = [...entries].map(([key, value]) => [compileExpression(key), compileExpression(value)] as const);
  return (scope) => new Map(compiled.map(([key, value]) => [keyOf(key(scope)), value(scope)]));
}

function compileMember(object: Node, property: Node, computed: boolean): Expression {
  const target = compileExpression(object);
  if (property.type === 'SliceExpression') {
    const [start, stop, step] = [property.start, property.stop, property.step].map((limit) =>
      limit ? compileExpression(limit) : undefined,
    );
    return (scope) => sliceOf(target(scope), start?.(scope) ?? null, stop?.(scope) ?? null, step?.(scope) ?? null);
  }
  if (computed) {
    const key = compileExpression(property);
    return (scope) => {
      countSteps();
      return subscript(target(scope), key(scope));
    };
  }
  const key = memberName(property);
  return (scope) => {
    countSteps();
    return attributeAt(target(scope), key);
  };
}

function memberName(property: Node): string | number {
  if (property.type === 'Identifier' || property.type === 'IntegerLiteral') return property.value;
  throw new SyntaxError('a name or a number must follow the dot');
}

/** Calls a method. Methods exist only in calls: a method is not a value. */
function compileCall({ callee, args }: CallNode): Expression {
  const given = compileArguments(args);
  if (callee.type === 'MemberExpression' && !callee.computed) {
    const target = compileExpression(callee.object);
    const name = memberName(callee.property);
    return (scope) => {
      countSteps();
      const self = defined(target(scope));
      const named = given(scope);
      const result = callMethod(self, String(name), withNone(named));
      if (result !== undefined) return result;
      const member = attributeAt(self, name);
      if (member instanceof Callable) return member.call(named);
      throw new RenderError(`'${typeName(self)}' object has no method '${name}'`);
    };
  }
  const target = compileExpression(callee);
  return (scope) => {
    countSteps();
    const called = defined(target(scope));
    if (!(called instanceof Callable)) throw new RenderError(`a ${typeName(called)} cannot be called`);
    return called.call(given(scope));
  };
}

export function compileArguments(args: Node[]): (scope: Scope) => Arguments {
  const steps = args.map((argument): ((given: Arguments, scope: Scope) => void) => {
    if (argument.type === 'KeywordArgumentExpression') {
      const value = compileExpression(argument.value);
      const name = argument.key.value;
      return ({ named }, scope) => void named.set(name, value(scope));
    }
    const isSpread = argument.type === 'SpreadExpression' || argument.type === 'KeywordSpreadExpression';
    const value = compileExpression(isSpread ? argument.argument : argument);
    if (argument.type === 'SpreadExpression') {
      return ({ positional }, scope) => {
        for (const item of elementsOf(value(scope))) positional.push(item);
      };
    }
    if (argument.type === 'KeywordSpreadExpression') {
      return ({ named }, scope) => {
        const entries = value(scope);
        if (!(entries instanceof Map)) throw new RenderError('a dict must follow **');
        for (const [key, inner] of entries) named.set(String(key), inner);
      };
    }
    return ({ positional }, scope) => void positional.push(value(scope));
  });
  return (scope) => {
    const given: Arguments = { positional: [], named: new Map() };
    for (const step of steps) step(given, scope);
    return given;
  };
}

/** Compiles a filter, or a test that was rewritten as a filter. */
export function compileFilter(node: Node): (value: Value, scope: Scope) => Value {
  const name = node.type === 'CallExpression' ? node.callee : node;
  if (name.type !== 'Identifier') throw new SyntaxError('a filter must be a name, with or without arguments');
  const given = compileArguments(node.type === 'CallExpression' ? node.args : []);
  const test = testPrefix.exec(name.value);
  if (test) {
    const [, negation, testName = ''] = test;
    if (!tests.has(testName)) throw new SyntaxError(`there is no test ${testName}`);
    return (value, scope) => {
      countSteps();
      return runTest(testName, value, given(scope).positional) === (negation === undefined);
    };
  }
  const filter = requireFilter(name.value);
  return (value, scope) => {
    countSteps();
    return filter(value, withNone(given(scope)), findFilter);
  };
}

/** Returns the arguments for a function of Jinja, with None for missing optional properties. */
function withNone({ positional, named }: Arguments): Arguments {
  return {
    positional: positional.map(orNone),
    named: new Map([...named].map(([name, value]) => [name, orNone(value)])),
  };
}

function requireFilter(name: string): Filter {
  try {
    return findFilter(name);
  } catch (cause) {
    throw new SyntaxError((cause as Error).message, { cause });
  }
}

function compileCondition(condition: Node, yes: Node, no: Node | undefined): Expression {
  const holds = compileExpression(condition);
  const whenTrue = compileExpression(yes);
  const nothing = new Undefined('a condition does not hold, and there is no else', 'empty');
  const whenFalse = no ? compileExpression(no) : () => nothing;
  return (scope) => (isTrue(holds(scope)) ? whenTrue : whenFalse)(scope);
}

function compileBinary(operator: string, leftNode: Node, rightNode: Node): Expression {
  const left = compileExpression(leftNode);
  const right = compileExpression(rightNode);
  if (operator === 'and' || operator === 'or') {
    return (scope) => {
      const value = left(scope);
      return isTrue(value) === (operator === 'and') ? right(scope) : value;
    };
  }
  const apply = operators.get(operator);
  if (apply === undefined) throw new SyntaxError(`the operator ${operator} is not supported`);
  return (scope) => {
    countSteps();
    return apply(left(scope), right(scope));
  };
}

function compileUnary(operator: string, argument: Node): Expression {
  const operand = compileExpression(argument);
  if (operator === 'not') return (scope) => !isTrue(operand(scope));
  const sign = operator === '-' ? -1 : 1;
  return (scope) => {
    const value = defined(operand(scope));
    const number = numberOf(value);
    if (number === undefined) throw new RenderError(`${operator} needs a number, not ${typeName(value)}`);
    return value instanceof Float ? new Float(sign * number) : sign * number || 0;
  };
}
