// The scope of a request, made of what the transport knows about it.
import type { OperationScope } from './operations/operation';
import type { ResolvedOptions } from './options';
import type { RequestObservation } from './request-observation';
import { RequestLease } from './runs/request-lease';
import type { Store } from './stores/store';
import { attachmentView } from './uploads/signed-urls';
import { turnAttachments } from './uploads/turn-attachments';

/** The parts of a request that the transport makes when they are asked for. */
export interface RequestSource {
  readonly signal?: AbortSignal | undefined;
  readonly hasLeft?: boolean | undefined;
  readonly baseUrl?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly audio?: Buffer | undefined;
}

/** Asks the transport for the signal and the URL only where they are used: most requests need neither. */
export class LazyRequestScope<TContext> implements OperationScope<TContext> {
  readonly options: ResolvedOptions<TContext>;
  readonly hookStore: Store<TContext>;
  readonly context: TContext;
  readonly observed: RequestObservation;
  readonly baseUrl: string | undefined;
  readonly show: OperationScope<TContext>['show'];
  readonly prepare: OperationScope<TContext>['prepare'];
  readonly #from: RequestSource;
  #attachments: OperationScope<TContext>['attachments'] | undefined;
  #lease: RequestLease | undefined;

  constructor(
    options: ResolvedOptions<TContext>,
    hookStore: Store<TContext>,
    { context, observed, from }: { context: TContext; observed: RequestObservation; from: RequestSource },
  ) {
    const makesUrls = options.attachmentStore !== undefined && options.uploads.publicUrl === undefined;
    this.options = Object.create(options) as ResolvedOptions<TContext>; // a copy of each option would cost more
    this.options.logger = observed.logger;
    this.observed = observed;
    this.hookStore = hookStore;
    this.context = context;
    this.baseUrl = makesUrls ? from.baseUrl : undefined;
    this.#from = from;
    const view = attachmentView(this);
    this.show = view.show;
    this.prepare = view.prepare;
  }

  get attachments(): OperationScope<TContext>['attachments'] {
    return (this.#attachments ??= turnAttachments(this));
  }

  get signal(): AbortSignal | undefined {
    return this.#from.signal;
  }

  throwIfLeft(): void {
    if (this.#from.hasLeft !== false) this.#from.signal?.throwIfAborted();
  }

  get idempotencyKey(): string | undefined {
    return this.#from.idempotencyKey;
  }

  get audio(): Buffer | undefined {
    return this.#from.audio;
  }

  get lease(): RequestLease {
    const { registry, onBusyThread } = this.options.runs;
    return (this.#lease ??= new RequestLease(registry, onBusyThread));
  }
}
