// Messages of Anthropic in the frames that the API sends.

type Block = Record<string, unknown>;

/** The events of one block: its beginning, its deltas and its end. */
export function blockFrames(index: number, block: Block): object[] {
  return [
    { type: 'content_block_start', index, content_block: begun(block) },
    ...deltasOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

/** The block as it is at its beginning. */
function begun(block: Block): Block {
  switch (block['type']) {
    case 'text':
      return { ...block, text: '', citations: block['citations'] ? [] : null };
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return { ...block, input: {} };
    default:
      return block;
  }
}

function deltasOf(block: Block): object[] {
  const { type, text, thinking, signature, input, citations } = block;
  switch (type) {
    case 'text':
      return [
        ...((citations ?? []) as object[]).map((citation) => ({ type: 'citations_delta', citation })),
        ...words(text as string).map((word) => ({ type: 'text_delta', text: word })),
      ];
    case 'thinking':
      return [
        ...words(thinking as string).map((word) => ({ type: 'thinking_delta', thinking: word })),
        { type: 'signature_delta', signature },
      ];
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use': {
      const json = typeof input === 'string' ? input : JSON.stringify(input);
      const half = json.length >> 1;
      const pieces = ['', json.slice(0, half), json.slice(half)];
      return pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    }
    default:
      return [];
  }
}

const words = (text: string): string[] => text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);

export const startFrame = {
  type: 'message_start',
  message: {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-test', content: [] },
    ...{
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 1, service_tier: 'standard' },
    },
  },
};

/** The events of the end of a message. */
export const endFrames = (stop_reason: string, more: object = {}): object[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null, ...more }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
];

/** A whole message, whose end says that it ended normally unless another reason is given. */
export function messageFrames(blocks: readonly (Block | string)[], stopReason?: string, more?: object): object[] {
  const whole = blocks.map((block) => (typeof block === 'string' ? textBlock(block) : block));
  const reason = stopReason ?? (whole.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn');
  return [
    startFrame,
    { type: 'ping' },
    ...whole.flatMap((block, index) => blockFrames(index, block)),
    ...endFrames(reason, more),
  ];
}

export const textBlock = (text: string, citations?: object[]): Block => ({
  type: 'text',
  text,
  ...(citations && { citations }),
});
export const thinking = (text: string, signature = 'SIGNED'): Block => ({
  type: 'thinking',
  thinking: text,
  signature,
});
export const redacted: Block = { type: 'redacted_thinking', data: 'REDACTED' };
export const toolUse = (name: string, input: object | string = {}, id = `toolu_${name}`): Block => ({
  type: 'tool_use',
  id,
  name,
  input,
});
export const serverUse = (name: string, input: object, id = 'srvtoolu_1'): Block => ({
  type: 'server_tool_use',
  id,
  name,
  input,
});
