// Uses the package through `import`. Its CommonJS copy may be in the same process, and each must recognise the other's
// errors.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import express from 'express';
import * as chatkit from 'chatkit-express';
import * as playground from 'chatkit-express/playground';
import * as protocol from 'chatkit-express/protocol';
import exchange from './exchange.cjs';

const require = createRequire(import.meta.url);
const copy = require('chatkit-express');
assert.deepEqual(Object.keys(chatkit), Object.keys(copy).sort());
assert.deepEqual(Object.keys(protocol), Object.keys(require('chatkit-express/protocol')).sort());
assert.notEqual(chatkit.NotFoundError, copy.NotFoundError);
assert(new chatkit.NotFoundError('Not here') instanceof copy.NotFoundError);
assert(new copy.NotFoundError('Not here') instanceof chatkit.ChatKitError);

console.log(`import: ${await exchange(express, chatkit, playground)}`);
