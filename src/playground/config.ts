// What the page is told by its server: the options of chatkitPlayground() that are for the browser, with their defaults.
import type { Icon, JsonObject } from '../protocol';

/** A sentence to begin with, as a button on the start screen. */
export interface PlaygroundPrompt {
  label: string;
  prompt: string;
  icon?: Icon;
  /** Whether a file belongs to it: the prompt is written into the composer and the file picker opened. Default: it is sent. */
  attach?: boolean;
}

/** A model that can be picked in the composer. Its id arrives in `inference_options.model`. */
export interface PlaygroundModel {
  id: string;
  label: string;
  description?: string;
  /** Whether it is picked at first. */
  default?: boolean;
}

/** A tool that can be picked in the composer. Its id arrives in `inference_options.tool_choice.id`. */
export interface PlaygroundTool {
  id: string;
  label: string;
  icon?: Icon;
  /** The composer's placeholder while it is picked. */
  placeholder?: string;
}

/** Something to mention with @. It arrives as an `input_tag`. */
export interface PlaygroundEntity {
  id: string;
  title: string;
  group?: string;
  icon?: Icon;
  interactive?: boolean;
  data?: JsonObject;
}

/** A link in the page's header. */
export interface PlaygroundLink {
  label: string;
  href: string;
}

/** Where files go. */
export interface PlaygroundUploads {
  /** Which of the client's two ways is chosen at first; the page can change it. Default `two_phase`. */
  strategy?: 'direct' | 'two_phase';
  /** Where the direct way posts to. Default: `upload` below the endpoint. */
  url?: string;
  /** What the file picker offers, such as `image/*,application/pdf`. Default: everything. */
  accept?: string;
  /** The largest file in bytes that the page tries to send. Default: any. */
  maxBytes?: number;
}

/** The part of the options that is sent to the page. Nothing in it is secret from whoever opens the page. */
export interface PlaygroundPageOptions {
  /** The endpoint: a path of the page's own server, or a whole URL. */
  url: string;
  /** The page's name. Default `ChatKit playground`. */
  title?: string | undefined;
  /** What the start screen says. */
  greeting?: string | undefined;
  prompts?: PlaygroundPrompt[] | undefined;
  models?: PlaygroundModel[] | undefined;
  tools?: PlaygroundTool[] | undefined;
  entities?: PlaygroundEntity[] | undefined;
  /** What each client tool answers, by its name, until it is changed in the page. */
  clientTools?: JsonObject | undefined;
  links?: PlaygroundLink[] | undefined;
  /** False takes the paper clip away. */
  uploads?: PlaygroundUploads | false | undefined;
}
