// ESLint rule: a test awaits an event instead of a fixed time, because a time is too short on a slow machine and too long
// on a fast one. Reports `await setTimeout(20)` of node:timers/promises, whatever its local name, and
// `new Promise((resolve) => setTimeout(resolve, 20))`.
//
// Accepts a sleep in a loop with a condition, which polls, and a sleep whose reason is in a comment with "because" or
// "so that", on its line or above.

const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const loops = new Set(['WhileStatement', 'DoWhileStatement', 'ForStatement']);
const reason = /\b(because|so that)\b/i;

/** Returns true when a loop with a condition repeats this node in its function. A promise's executor is looked through. */
function isPolling(node) {
  for (let at = node; at.parent; at = at.parent) {
    if (loops.has(at.type)) return true;
    if (functions.has(at.type) && at.parent.type !== 'NewExpression') return false;
  }
  return false;
}

/** Returns true when a promise is one of those that race, so that the sleep is a time limit. */
function isRaced({ parent }) {
  const call = parent.type === 'ArrayExpression' ? parent.parent : undefined;
  return call?.type === 'CallExpression' && call.callee.property?.name === 'race';
}

/** Returns true for a callback that only starts a timer which settles the promise. */
function startsTimer(callback) {
  const [resolve] = callback?.params ?? [];
  const isCall = callback?.body?.type === 'CallExpression' ? callback.body : callback?.body?.body?.[0]?.expression;
  if (isCall?.type !== 'CallExpression') return false;
  return isCall.callee.name === 'setTimeout' && isCall.arguments[0]?.name === resolve?.name;
}

export const noFixedSleep = {
  meta: {
    type: 'problem',
    docs: { description: 'Disallow tests that wait for a fixed time' },
    schema: [],
    messages: {
      sleep:
        'Await an event, or poll a condition in a loop. A fixed sleep needs a comment with "because" or "so that".',
    },
  },
  create(context) {
    const { sourceCode } = context;
    const names = new Set();
    const explained = new Set();
    for (const { value, loc } of sourceCode.getAllComments()) {
      if (!reason.test(value)) continue;
      for (let line = loc.start.line; line <= loc.end.line + 1; line++) explained.add(line);
    }
    const check = (node) => {
      const isExplained = explained.has(node.loc.start.line) || explained.has(node.loc.end.line);
      if (!isExplained && !isPolling(node) && !isRaced(node)) context.report({ node, messageId: 'sleep' });
    };
    return {
      ImportDeclaration({ source, specifiers }) {
        if (!/^(node:)?timers\/promises$/.test(source.value)) return;
        for (const { imported, local } of specifiers) if (imported?.name === 'setTimeout') names.add(local.name);
      },
      AwaitExpression({ argument }) {
        if (argument.type === 'CallExpression' && names.has(argument.callee.name)) check(argument);
      },
      NewExpression(node) {
        if (node.callee.name === 'Promise' && startsTimer(node.arguments[0])) check(node);
      },
    };
  },
};
