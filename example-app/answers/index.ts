// Every keyword, what it shows, and the function that answers it. A new answer is a function and a row here.
import type { HookEvents, Icon } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { effect, notice, progress, turn } from './asides';
import { chart } from './chart';
import { tool } from './client-tool';
import { draft } from './draft';
import { error } from './error';
import { form } from './form';
import { image } from './image';
import { list } from './list';
import { questions } from './questions';
import { poem } from './streamed-widget';
import { replace, sources, stream, unstoppable } from './text';
import { hidden, lock, title } from './thread';
import { widget } from './widget';
import { reasoning, task, workflow } from './workflow';

export interface Answer {
  keyword: string;
  /** For `help`, and for the prompts of the page. */
  about: string;
  icon: Icon;
  answer(turn: MessageTurn): HookEvents;
}

export const answers: readonly Answer[] = [
  { keyword: 'stream', about: 'Text, word by word (try Stop)', icon: 'write', answer: stream },
  { keyword: 'unstoppable', about: 'Text without a Stop button', icon: 'bolt', answer: unstoppable },
  { keyword: 'sources', about: 'Text with sources', icon: 'book-open', answer: sources },
  { keyword: 'replace', about: 'Items replaced and removed', icon: 'reload', answer: replace },
  { keyword: 'progress', about: 'Progress while you wait', icon: 'clock', answer: progress },
  { keyword: 'reasoning', about: 'A workflow of thoughts', icon: 'lightbulb', answer: reasoning },
  { keyword: 'workflow', about: 'A workflow of tasks', icon: 'batch', answer: workflow },
  { keyword: 'task', about: 'A single task', icon: 'check-circle', answer: task },
  { keyword: 'widget', about: 'A card with buttons', icon: 'cube', answer: widget },
  { keyword: 'form', about: 'A form in a card', icon: 'square-text', answer: form },
  { keyword: 'list', about: 'A list to click on', icon: 'book-closed', answer: list },
  { keyword: 'chart', about: 'A chart that is drawn anew', icon: 'chart', answer: chart },
  { keyword: 'draft', about: 'A draft to edit, rewrite and send', icon: 'mail', answer: draft },
  { keyword: 'poem', about: 'A card that grows', icon: 'notebook-pencil', answer: poem },
  { keyword: 'tool', about: 'A tool that runs in the page', icon: 'square-code', answer: tool },
  { keyword: 'effect', about: 'An effect on the page', icon: 'sparkle', answer: effect },
  { keyword: 'questions', about: 'Questions with fields to answer', icon: 'circle-question', answer: questions },
  { keyword: 'notice', about: 'Notices of three levels', icon: 'info', answer: notice },
  { keyword: 'error', about: 'An error with a Retry button', icon: 'bug', answer: error },
  { keyword: 'image', about: 'A picture, from rough to clear', icon: 'images', answer: image },
  { keyword: 'title', about: 'A new title for the thread', icon: 'name', answer: title },
  { keyword: 'lock', about: 'A locked thread', icon: 'keys', answer: lock },
  { keyword: 'hidden', about: 'A note that only the assistant sees', icon: 'notebook', answer: hidden },
  { keyword: 'turn', about: 'A turn that ends before its stream', icon: 'dots-horizontal', answer: turn },
];
