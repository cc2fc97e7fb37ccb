// The options of chatkitPlayground() that the server sends to the page, with their defaults.
import type { Icon, JsonObject } from '../protocol';

/** A prompt on the start screen, as a button. */
export interface PlaygroundPrompt {
  label: string;
  prompt: string;
  icon?: Icon;
  /** True for a prompt that needs a file: a click fills the composer and opens the file picker. Default false: a click sends the prompt. */
  attach?: boolean;
}

/** A model that the user can choose in the composer. Its id is sent in `inference_options.model`. */
export interface PlaygroundModel {
  id: string;
  label: string;
  description?: string;
  /** True for the model that is selected at first. */
  default?: boolean;
}

/** A tool that the user can choose in the composer. Its id is sent in `inference_options.tool_choice.id`. */
export interface PlaygroundTool {
  id: string;
  label: string;
  icon?: Icon;
  /** The placeholder of the composer while the tool is selected. */
  placeholder?: string;
}

/** An entity that the user can mention with @. It is sent as an `input_tag`. */
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

/** How the page uploads files. */
export interface PlaygroundUploads {
  /** The strategy that is selected at first. The user can change it on the page. Default `two_phase`. */
  strategy?: 'direct' | 'two_phase';
  /** The URL of direct uploads. Default: `upload` below the endpoint. */
  url?: string;
  /** The types that the file picker offers, such as `image/*,application/pdf`. Default: all. */
  accept?: string;
  /** The largest file that the page sends, in bytes. Default: no limit. */
  maxBytes?: number;
}

/** The options that are sent to the page. Everybody who can open the page can read them. */
export interface PlaygroundPageOptions {
  /** The endpoint: a path on the server of the page, or a complete URL. */
  url: string;
  /** The title of the page. Default `ChatKit playground`. */
  title?: string | undefined;
  /** The greeting on the start screen. */
  greeting?: string | undefined;
  prompts?: PlaygroundPrompt[] | undefined;
  models?: PlaygroundModel[] | undefined;
  tools?: PlaygroundTool[] | undefined;
  entities?: PlaygroundEntity[] | undefined;
  /** The result of each client tool, by the name of the tool. The user can change it on the page. */
  clientTools?: JsonObject | undefined;
  links?: PlaygroundLink[] | undefined;
  /** False hides the button for attachments. */
  uploads?: PlaygroundUploads | false | undefined;
}
