// Writes llms.txt: `npm run llms`.
const { writeLlms } = require('./llms.ts');

writeLlms();
