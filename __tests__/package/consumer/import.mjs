// Uses the package through `import`. Its CommonJS copy may be in the same process, and each must recognise the other's
// errors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import express from 'express';
import * as chatkit from 'chatkit-express';
import * as playground from 'chatkit-express/playground';
import exchange from './exchange.cjs';

const require = createRequire(import.meta.url);
const copy = require('chatkit-express');

// Each subpath has the same exports by `import` and by `require`. Two import their optional peer, which is not installed.
const withPeer = { './otel': '@opentelemetry/api', './s3': '@aws-sdk/client-s3' };
const manifest = JSON.parse(readFileSync(require.resolve('chatkit-express/package.json'), 'utf8'));
for (const subpath of Object.keys(manifest.exports)) {
  if (subpath === './package.json') continue;
  const name = subpath.replace('.', 'chatkit-express');
  if (withPeer[subpath]) {
    await assert.rejects(import(name), { code: 'ERR_MODULE_NOT_FOUND', message: new RegExp(withPeer[subpath]) });
    assert.throws(() => require(name), { code: 'MODULE_NOT_FOUND', message: new RegExp(withPeer[subpath]) });
    continue;
  }
  const names = Object.keys(await import(name)).filter((key) => key !== 'default' && key !== 'module.exports');
  assert.deepEqual(names.sort(), Object.keys(require(name)).sort(), name);
  assert(names.length > 0, name);
}

assert.notEqual(chatkit.NotFoundError, copy.NotFoundError);
assert(new chatkit.NotFoundError('Not here') instanceof copy.NotFoundError);
assert(new copy.NotFoundError('Not here') instanceof chatkit.ChatKitError);

console.log(`import: ${await exchange(express, chatkit, playground, copy)}`);
