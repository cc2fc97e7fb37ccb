// Node's own `http`. On Node 24 an `import` of it reads every export, and one of them loads a WebSocket client, which
// takes 15 ms and 7 MB when a process starts.
export const { OutgoingMessage, STATUS_CODES } = process.getBuiltinModule('node:http');
