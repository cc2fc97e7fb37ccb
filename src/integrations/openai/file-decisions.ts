// Stores the refusal of a file by a provider with the attachment, so that later turns send only the file's name.
import { NotFoundError } from '../../errors';
import type { Attachment } from '../../protocol';

/** The part of a store that is called. */
export interface AttachmentLookup {
  loadAttachment(id: string, context: never): Promise<Attachment>;
}

/** The field of an attachment's private metadata. Its only value is `name`. */
export const sentAsKey = 'sent_to_model_as';

/** Knows how attachments are sent to the model. */
export class FileDecisions {
  readonly #store: AttachmentLookup | undefined;
  readonly #context: unknown;
  /** Attachments that are sent as images or files. */
  readonly sent = new Map<string, Attachment>();
  /** Attachments that were refused in this turn. */
  readonly refused = new Set<string>();

  constructor(store: AttachmentLookup | undefined, context: unknown) {
    this.#store = store;
    this.#context = context;
  }

  /** Returns true for an attachment that is sent by its name because a provider has refused it. */
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
