// Classifies finish reasons. An unknown reason is not a success, because providers add new reasons.

/** The meaning of a reason. Only `good` ends a complete answer. */
export type Verdict = 'good' | 'max_output_tokens' | 'content_filter' | 'failed' | 'unknown';

const good = new Set(
  (
    'stop stopsequence stopsequencereached stopstring stoptoken endturn endofturn endoftext endofsequence eos ' +
    'eostoken end complete completed finish finished done success toolcall toolcalls tooluse functioncall functioncalls'
  ).split(' '),
);
const tooLong = new Set(
  (
    'length maxlength maxtokens maxoutputtokens maxcompletiontokens modellength contextlength tokenlimit ' +
    'modelcontextwindowexceeded contextwindowexceeded contextlengthexceeded'
  ).split(' '),
);
const blocked =
  /^(?:contentfilter(?:ed)?|safety|imagesafety|recitation|imagerecitation|blocklist|blocked|prohibitedcontent|imageprohibitedcontent|spii|refusal|refused|sensitive|moderation|guardrail(?:s|intervened)?|contentpolicy\w*)$/;

/** Classifies a reason in any spelling. */
export function judge(finishReason: string): Verdict {
  const plain = finishReason
    .toLowerCase()
    .replace(/^finish_?reason_?/, '')
    .replace(/[^a-z]/g, '');
  if (good.has(plain)) return 'good';
  if (tooLong.has(plain)) return 'max_output_tokens';
  if (blocked.test(plain) || blocked.test(plain.replace(/^.*filter/, ''))) return 'content_filter';
  return plain === 'error' ? 'failed' : 'unknown';
}
