// Uses the package through `require`: checks which modules it loads, and that it works.
const assert = require('node:assert/strict');
const { RequestSchema } = require('chatkit-express/protocol');

const packages = () =>
  new Set(Object.keys(require.cache).map((path) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]));
assert.deepEqual(packages(), new Set([undefined, 'chatkit-express', 'zod']));
assert.equal(RequestSchema.parse({ type: 'threads.list', params: {} }).type, 'threads.list');

const chatkit = require('chatkit-express');
const backends =
  /^(pg|redis|ioredis|libsql|mongodb|better-sqlite3|openai|@(redis|libsql|electric-sql|aws-sdk|openai)[\\/].*)$/;
for (const name of packages()) assert.doesNotMatch(String(name), backends);

const playground = require('chatkit-express/playground');
const exchange = require('./exchange.cjs');
import('chatkit-express')
  .then((copy) => exchange(require('express'), chatkit, playground, copy))
  .then((line) => console.log(`require: ${line}`));
