// A generated image, which becomes sharper while it is generated.
import { AnswerWriter, type HookEvents } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { pause, say } from '../say';

/** Returns an image as a `data:` URL, so that the example does not have to store files. */
function sunset(blur: number): string {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><defs>' +
    '<linearGradient id="sky" x2="0" y2="1"><stop stop-color="#312e81"/><stop offset="1" stop-color="#fb923c"/></linearGradient>' +
    `<filter id="blur"><feGaussianBlur stdDeviation="${blur}"/></filter></defs>` +
    '<g filter="url(#blur)"><rect width="320" height="200" fill="url(#sky)"/>' +
    '<circle cx="160" cy="140" r="44" fill="#fde68a"/><rect y="140" width="320" height="60" fill="#1e1b4b"/></g></svg>';
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/** Sends a placeholder, then blurred versions of the image, and then the final image. */
export async function* image(turn: MessageTurn): HookEvents {
  const writer = new AnswerWriter(turn);
  yield* writer.image({});
  for (const progress of [0.25, 0.5, 0.75]) {
    await pause(turn, 40);
    yield* writer.image({ url: sunset(12 * (1 - progress)), progress });
  }
  yield* writer.image({ url: sunset(0) });
  yield* say(turn, 'A sunset, drawn just now.');
}
