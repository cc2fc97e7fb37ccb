// ESLint rule: each test calls an assertion, itself or by way of functions of its file. A test that asserts nothing
// passes as long as nothing throws.
//
// An imported helper that asserts has a name that says so, such as `expectNoRuns`. Playwright's `waitFor` asserts,
// because it rejects when nothing appears.

const assertion = /^(expect|assert|waitFor)/;

/** Returns the name that a call uses: `f` for `f()` and for `a.b.f()`, but `assert` for `assert.equal()`. */
function nameOf(callee) {
  switch (callee.type) {
    case 'Identifier':
      return callee.name;
    case 'MemberExpression':
      return callee.object.name === 'assert' ? 'assert' : callee.property.name;
    default:
      return undefined;
  }
}

/** Returns true for `it(...)`, `test(...)`, `it.each(rows)(...)` and the like. */
function isTest({ callee }) {
  if (callee.type === 'CallExpression' || callee.type === 'TaggedTemplateExpression') {
    return isTest({ callee: callee.callee ?? callee.tag });
  }
  if (callee.type === 'MemberExpression') return callee.property.name !== 'todo' && isTest({ callee: callee.object });
  return callee.type === 'Identifier' && (callee.name === 'it' || callee.name === 'test');
}

export const testAsserts = {
  meta: {
    type: 'problem',
    docs: { description: 'Require an assertion in each test' },
    schema: [],
    messages: {
      none: 'The test asserts nothing: call `expect`, or a helper whose name begins with `expect`.',
    },
  },
  create(context) {
    /** The names that each named function of the file calls or passes on. */
    const used = new Map();
    /** The names of the functions and values around the node that is visited. */
    const around = [];
    const tests = [];

    const enter = (name) => around.push(name === undefined ? undefined : { name, uses: used.get(name) ?? new Set() });
    const leave = () => {
      const left = around.pop();
      if (left) used.set(left.name, left.uses);
    };
    const use = (name) => {
      for (const place of around) place?.uses.add(name);
    };
    const asserts = (name, seen = new Set()) => {
      if (assertion.test(name)) return true;
      if (seen.has(name)) return false;
      seen.add(name);
      return [...(used.get(name) ?? [])].some((other) => asserts(other, seen));
    };
    const keyName = ({ key, id }) => (key ?? id)?.name;

    return {
      FunctionDeclaration: (node) => enter(keyName(node)),
      'FunctionDeclaration:exit': leave,
      VariableDeclarator: (node) => enter(node.init ? keyName(node) : undefined),
      'VariableDeclarator:exit': leave,
      'MethodDefinition, PropertyDefinition, Property': (node) => enter(keyName(node)),
      'MethodDefinition:exit': leave,
      'PropertyDefinition:exit': leave,
      'Property:exit': leave,
      CallExpression(node) {
        const [title, body] = node.arguments;
        // A call without a title in words passes on tests that are written elsewhere, such as those of a suite.
        if (isTest(node) && body !== undefined && ['Literal', 'TemplateLiteral'].includes(title.type)) {
          const test = { name: Symbol('test'), uses: new Set() };
          tests.push({ node, test });
          around.push(test);
        } else around.push(undefined);
        const name = nameOf(node.callee);
        if (name !== undefined) use(name);
        for (const argument of node.arguments) if (argument.type === 'Identifier') use(argument.name);
      },
      'CallExpression:exit': () => void around.pop(),
      'Program:exit'() {
        for (const { node, test } of tests) {
          if (![...test.uses].some((name) => asserts(name))) context.report({ node: node.callee, messageId: 'none' });
        }
      },
    };
  },
};
