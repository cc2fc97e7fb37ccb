// The functions that the model can call: one runs here, the other in the user's page.

/** For `clientTools`: `onClientTool` in page/chatkit-options.js answers it. */
export const clientTools = ['get_page_title'];

const noParameters = { type: 'object' as const, properties: {}, additionalProperties: false, required: [] };

export const functions = [
  { name: 'get_page_title', description: 'The title of the page that the user has open', parameters: noParameters },
  { name: 'get_time', description: 'The time in UTC', parameters: noParameters },
];

/** Runs a function of the server. Reports an error to the model. */
export function runFunction(name: string): string {
  if (name === 'get_time') return JSON.stringify({ time: new Date().toISOString() });
  return JSON.stringify({ error: `There is no function ${name}` });
}
