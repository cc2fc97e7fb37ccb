// A CommonJS module, so that Ajv is loaded for the first template that needs it, and a bundler still includes it.
exports.loadAjv = () => require('ajv').Ajv;
exports.loadAjv2020 = () => require('ajv/dist/2020.js').Ajv2020;
