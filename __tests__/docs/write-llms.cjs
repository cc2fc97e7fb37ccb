// Writes llms.txt: `npm run llms`.
require('./llms.ts').writeLlms();
