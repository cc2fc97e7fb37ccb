// Makes the events of one generated image, from its placeholder to its last version.
import {
  type GeneratedImage,
  type GeneratedImageItem,
  type HookEventInput,
  type ThreadItemUpdate,
  updateItem,
} from '../protocol';
import { type AnswerTurn, newItem } from './new-item';

/** Makes the events of one image. */
export class ImageWriter {
  #item: GeneratedImageItem;

  constructor(turn: AnswerTurn) {
    this.#item = newItem(turn, 'generated_image');
  }

  get id(): string {
    return this.#item.id;
  }

  /** Shows a placeholder for the image. */
  added(): HookEventInput[] {
    return [{ type: 'thread.item.added', item: this.#item }];
  }

  /** Shows a preliminary version. @param progress From 0 to 1. */
  version(image: GeneratedImage, progress: number | undefined): HookEventInput[] {
    const update: ThreadItemUpdate = {
      type: 'generated_image.updated',
      image,
      ...(progress !== undefined && { progress }),
    };
    this.#item = updateItem(this.#item, update);
    return [{ type: 'thread.item.updated', item_id: this.id, update }];
  }

  /** Shows the last version. */
  done(image: GeneratedImage): HookEventInput[] {
    return [{ type: 'thread.item.done', item: { ...this.#item, image } }];
  }

  /** Removes the placeholder, because the image was not generated. */
  removed(): HookEventInput[] {
    return [{ type: 'thread.item.removed', item_id: this.id }];
  }
}
