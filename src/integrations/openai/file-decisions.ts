// What is known of the files that a provider refused: kept with the attachment, for every later turn.
import { NotFoundError } from '../../errors';
import type { Attachment } from '../../protocol';

/** The part of a store that is read. */
export interface AttachmentLookup {
  loadAttachment(id: string, context: never): Promise<Attachment>;
}

/** The field of an attachment's private metadata. Its only value is `name`. */
export const sentAsKey = 'sent_to_model_as';

/** Reads and remembers how attachments reach the model. */
export class FileDecisions {
  readonly #store: AttachmentLookup | undefined;
  readonly #context: unknown;
  /** Attachments that are sent as images or files, and not as text or by name. */
  readonly sent = new Map<string, Attachment>();
  /** Attachments that were refused in this turn. */
  readonly refused = new Set<string>();

  constructor(store: AttachmentLookup | undefined, context: unknown) {
    this.#store = store;
    this.#context = context;
  }

  /** Whether an attachment is sent by its name because a provider refused it. */
  async isRefused({ id }: Attachment): Promise<boolean> {
    if (this.refused.has(id)) return true;
    try {
      const stored = await this.#store?.loadAttachment(id, this.#context as never);
      return stored?.metadata?.[sentAsKey] === 'name';
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }
}
