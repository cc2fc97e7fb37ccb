// ESLint rule: a value that was read from a private field before an `await` is stale after it, because the field may
// have another value by then. Reports an assignment to the field, or a mutation of its object, that uses a stale value.
//
// The rule follows each function in the order of its evaluation. Every `await` and `yield` begins a new step. A value
// that was read from `this.#field` keeps the step of that read, also in local variables.

/** Methods that mutate the object on which they are called. */
const changingMethods = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear', 'append', 'write', 'end', 'enqueue'],
]);
const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const transparent = new Set([
  ...['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression', 'TSTypeAssertion', 'ChainExpression'],
  'ParenthesizedExpression',
]);
const skippedKeys = new Set(['parent', 'typeAnnotation', 'returnType', 'typeParameters', 'typeArguments']);

/** Merges the reads of fields behind values: the name of each field and the step of its oldest read. */
const merged = (...all) => {
  const reads = new Map();
  for (const one of all) {
    for (const [field, step] of one) reads.set(field, Math.min(step, reads.get(field) ?? Infinity));
  }
  return reads;
};
const none = new Map();

function plain(node) {
  return node && transparent.has(node.type) ? plain(node.expression) : node;
}

/** Returns the name of the field for a node `this.#field`. */
function fieldOf(given) {
  const node = plain(given);
  if (node?.type !== 'MemberExpression' || node.property.type !== 'PrivateIdentifier') return undefined;
  return node.object.type === 'ThisExpression' ? node.property.name : undefined;
}

/** Returns the first expression of a chain of properties: `a` for `a.b[c]`, and `this.#f` for `this.#f.b`. */
function rootOf(given) {
  const node = plain(given);
  if (node?.type !== 'MemberExpression' || fieldOf(node)) return node;
  return rootOf(node.object);
}

/** Returns the fields that are assigned outside the constructor. Only those can be replaced during an `await`. */
function replacedFields(classBody) {
  const replaced = new Set();
  const visit = (node) => {
    if (node.type === 'ClassBody' && node !== classBody) return;
    if (node.type === 'MethodDefinition' && node.kind === 'constructor') return;
    const target = node.type === 'AssignmentExpression' ? node.left : node.type === 'UpdateExpression' && node.argument;
    if (target) for (const part of targetsOf(target)) if (fieldOf(part)) replaced.add(fieldOf(part));
    for (const child of childrenOf(node)) visit(child);
  };
  visit(classBody);
  return replaced;
}

/** Returns every target of an assignment, including the targets in patterns. */
function targetsOf(target) {
  switch (target?.type) {
    case 'ArrayPattern':
      return target.elements.flatMap(targetsOf);
    case 'ObjectPattern':
      return target.properties.flatMap((property) => targetsOf(property.value ?? property.argument));
    case 'AssignmentPattern':
      return targetsOf(target.left);
    case 'RestElement':
      return targetsOf(target.argument);
    case undefined:
      return [];
    default:
      return [target];
  }
}

function* childrenOf(node) {
  for (const [key, value] of Object.entries(node)) {
    if (skippedKeys.has(key)) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') yield child;
    }
  }
}

/** Follows one function. `report(node, field)` is called for each stale use. */
class Flow {
  #step = 0;
  /** The reads behind each local variable. */
  #variables = new Map();
  /** The variables that refer to the object of a field. */
  #aliases = new Map();
  #replaced;
  #report;

  constructor(replaced, report) {
    this.#replaced = replaced;
    this.#report = report;
  }

  /** Follows a node and returns the reads behind its value. */
  visit(given) {
    const node = plain(given);
    if (!node || functions.has(node.type) || node.type === 'ClassBody') return none;
    const handler = this[node.type];
    return handler ? handler.call(this, node) : this.#children(node);
  }

  #children(node) {
    return merged(...[...childrenOf(node)].map((child) => this.visit(child)));
  }

  #stale(reads, field) {
    return (reads.get(field) ?? Infinity) < this.#step;
  }

  Identifier({ name }) {
    return this.#variables.get(name) ?? none;
  }

  MemberExpression(node) {
    const field = fieldOf(node);
    if (field) return new Map([[field, this.#step]]);
    const reads = this.visit(node.object);
    return node.computed ? merged(reads, this.visit(node.property)) : reads;
  }

  Property(node) {
    return merged(node.computed ? this.visit(node.key) : none, this.visit(node.value));
  }

  /** The result of an awaited call is as old as the values of fields that the call received. */
  AwaitExpression({ argument }) {
    const reads = this.visit(argument);
    this.#step++;
    return reads;
  }

  YieldExpression({ argument }) {
    this.visit(argument);
    this.#step++;
    return none;
  }

  /** `this.#f === value` proves that the value is not stale, because it compares the value with the current field. */
  BinaryExpression(node) {
    const reads = this.#children(node);
    if (/^[!=]==?$/.test(node.operator)) {
      const { left, right } = node;
      for (const [one, variable] of [
        [left, plain(right)],
        [right, plain(left)],
      ]) {
        const field = fieldOf(one);
        if (!field || variable.type !== 'Identifier') continue;
        if (this.#variables.get(variable.name)?.has(field)) {
          this.#variables.set(variable.name, merged(this.#without(variable.name, field), [[field, this.#step]]));
          if (this.#aliases.has(variable.name)) this.#aliases.set(variable.name, { field, step: this.#step });
        }
      }
    }
    return reads;
  }

  #without(name, field) {
    return [...this.#variables.get(name)].filter(([other]) => other !== field);
  }

  VariableDeclarator({ id, init }) {
    if (!init) return none;
    return this.#assignVariables(id, init, this.visit(init));
  }

  #assignVariables(target, value, reads) {
    for (const { type, name } of targetsOf(target)) {
      if (type !== 'Identifier') continue;
      this.#variables.set(name, reads);
      const field = target.type === 'Identifier' ? this.#objectOf(value) : undefined;
      if (field) this.#aliases.set(name, field);
      else this.#aliases.delete(name);
    }
    return reads;
  }

  /** Returns the field to whose object an expression refers: `this.#f`, an alias, or either side of `??`. */
  #objectOf(given) {
    const node = plain(given);
    const field = fieldOf(node);
    if (field) return { field, step: this.#step };
    if (node?.type === 'Identifier') return this.#aliases.get(node.name);
    return node?.type === 'LogicalExpression' ? this.#objectOf(node.left) : undefined;
  }

  AssignmentExpression(node) {
    const { left, operator, right } = node;
    const isCompound = operator !== '=';
    // `this.#f += await g()` reads the field, awaits, and assigns.
    const before = isCompound || left.type === 'MemberExpression' ? this.visit(left) : none;
    const reads = merged(isCompound ? before : none, this.visit(right));
    for (const target of targetsOf(left)) {
      const field = fieldOf(target);
      if (field) {
        if (this.#stale(reads, field)) this.#report(node, field);
      } else if (target.type === 'MemberExpression') this.#changes(node, target, before);
    }
    if (left.type !== 'MemberExpression') this.#assignVariables(left, right, reads);
    return reads;
  }

  UpdateExpression(node) {
    const reads = this.visit(node.argument);
    if (!fieldOf(node.argument) && plain(node.argument).type === 'MemberExpression')
      this.#changes(node, plain(node.argument), reads);
    return reads;
  }

  CallExpression(node) {
    const callee = plain(node.callee);
    const receiver = this.visit(callee);
    const reads = merged(receiver, ...node.arguments.map((argument) => this.visit(argument)));
    if (callee.type === 'MemberExpression' && changingMethods.has(callee.property.name)) {
      this.#changes(node, callee, receiver);
    }
    return reads;
  }

  /** Checks a mutation of a field's object. @param reads The reads behind the object, which precede the value's. */
  #changes(node, target, reads) {
    const root = rootOf(target);
    const field = fieldOf(root);
    if (field) {
      if (this.#replaced.has(field) && this.#stale(reads, field)) this.#report(node, field);
    } else if (root?.type === 'Identifier') {
      const alias = this.#aliases.get(root.name);
      if (alias && this.#replaced.has(alias.field) && alias.step < this.#step) this.#report(node, alias.field);
    }
  }

  IfStatement({ test, consequent, alternate }) {
    this.visit(test);
    this.#branches([consequent, alternate]);
    return none;
  }

  ConditionalExpression({ test, consequent, alternate }) {
    return merged(this.visit(test), ...this.#branches([consequent, alternate]));
  }

  SwitchStatement({ discriminant, cases }) {
    this.visit(discriminant);
    this.#branches(cases);
    return none;
  }

  TryStatement({ block, handler, finalizer }) {
    const reads = this.#save();
    this.visit(block);
    if (handler) {
      const after = this.#save();
      this.#restore({ ...reads, step: after.step }); // the error may have been thrown anywhere in the block
      this.visit(handler.body);
      this.#join([after, this.#save()]);
    }
    this.visit(finalizer);
    return none;
  }

  /** Follows a loop twice, because its last step precedes its first step in the next iteration. */
  #loop(...parts) {
    for (let times = 0; times < 2; times++) for (const part of parts) this.visit(part);
    return none;
  }
  ForStatement = ({ init, test, update, body }) => (this.visit(init), this.#loop(test, body, update));
  WhileStatement = ({ test, body }) => this.#loop(test, body);
  DoWhileStatement = ({ test, body }) => this.#loop(body, test);
  ForInStatement = ({ right, body }) => (this.visit(right), this.#loop(body));
  ForOfStatement(node) {
    const reads = this.visit(node.right);
    for (let times = 0; times < 2; times++) {
      if (node.await) this.#step++;
      if (node.left.type === 'VariableDeclaration') {
        for (const { id } of node.left.declarations) this.#assignVariables(id, undefined, node.await ? none : reads);
      }
      this.visit(node.body);
    }
    if (node.await) this.#step++;
    return none;
  }

  /** Follows alternative branches. A branch that leaves the function does not affect the code after them. */
  #branches(branches) {
    const before = this.#save();
    const ends = [];
    const reads = branches.map((branch) => {
      this.#restore(before);
      const value = this.visit(branch);
      if (!leaves(branch)) ends.push(this.#save());
      return value;
    });
    if (ends.length > 0) this.#join(ends);
    return reads;
  }

  #save() {
    return { step: this.#step, variables: new Map(this.#variables), aliases: new Map(this.#aliases) };
  }

  #restore({ step, variables, aliases }) {
    this.#step = step;
    this.#variables = new Map(variables);
    this.#aliases = new Map(aliases);
  }

  #join(ends) {
    this.#step = Math.max(...ends.map(({ step }) => step));
    this.#variables = new Map();
    for (const { variables } of ends) {
      for (const [name, reads] of variables) {
        this.#variables.set(name, merged(reads, this.#variables.get(name) ?? none));
      }
    }
    this.#aliases = new Map(ends.flatMap(({ aliases }) => [...aliases]));
  }
}

/** Returns true when the code after this statement is not reached. */
function leaves(node) {
  if (!node) return false;
  if (node.type === 'BlockStatement') return node.body.some(leaves);
  if (node.type === 'SwitchCase') return node.consequent.some((one) => one.type !== 'BreakStatement' && leaves(one));
  return ['ReturnStatement', 'ThrowStatement', 'ContinueStatement', 'BreakStatement'].includes(node.type);
}

/** @type {import('eslint').Rule.RuleModule} */
export const noStalePrivateField = {
  meta: {
    type: 'problem',
    docs: { description: 'Forbid changing a private field from a value that was read before an await' },
    schema: [],
    messages: {
      stale: '`this.#{{field}}` was read before an await: it may have changed. Read it again after the await.',
    },
  },
  create(context) {
    const classes = [];
    const reported = new Set();
    const report = (node, field) => {
      if (reported.has(node)) return;
      reported.add(node);
      context.report({ node, messageId: 'stale', data: { field } });
    };
    const follow = (node) => {
      if (classes.length === 0 || !(node.async || node.generator)) return;
      new Flow(classes.at(-1), report).visit(node.body);
    };
    return {
      ClassBody: (node) => void classes.push(replacedFields(node)),
      'ClassBody:exit': () => void classes.pop(),
      FunctionDeclaration: follow,
      FunctionExpression: follow,
      ArrowFunctionExpression: follow,
    };
  },
};
