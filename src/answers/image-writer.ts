// One generated image, from the place for it to the last version.
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

  /** A place for the image appears. */
  added(): HookEventInput[] {
    return [{ type: 'thread.item.added', item: this.#item }];
  }

  /** A rough version. @param progress from 0 to 1. */
  version(image: GeneratedImage, progress: number | undefined): HookEventInput[] {
    const update: ThreadItemUpdate = {
      type: 'generated_image.updated',
      image,
      ...(progress !== undefined && { progress }),
    };
    this.#item = updateItem(this.#item, update);
    return [{ type: 'thread.item.updated', item_id: this.id, update }];
  }

  /** The image is whole. */
  done(image: GeneratedImage): HookEventInput[] {
    return [{ type: 'thread.item.done', item: { ...this.#item, image } }];
  }

  /** The image never came: the place for it goes away. */
  removed(): HookEventInput[] {
    return [{ type: 'thread.item.removed', item_id: this.id }];
  }
}
