/** Loads the validator of drafts 6 and 7. */
export declare function loadAjv(): typeof import('ajv').Ajv;
/** Loads the validator of draft 2020-12. */
export declare function loadAjv2020(): typeof import('ajv/dist/2020.js').Ajv2020;
