/** @jsxImportSource react */
// The React hook of the documentation shows the state of a chat with a real endpoint.
import { renderToStaticMarkup } from 'react-dom/server';
import { Chat, ChatKitClient } from 'chatkit-express/client';
import { ChatPage } from '../../docs/examples/client-react';
import { start } from '../http/endpoint';
import { added, delta, done, steered } from '../http/hooks';

it('shows the messages, and Stop while an answer is received', async () => {
  const hook = steered();
  const endpoint = await start({ respond: hook.respond });
  const chat = new Chat(new ChatKitClient({ url: endpoint.url }));
  const html = () => renderToStaticMarkup(<ChatPage chat={chat} threadId="thr_1" />);
  await chat.openThread('thr_1');
  expect(html()).toContain('<button>Send</button>');
  const sent = chat.send('Question');
  hook.say(added(), delta('one '));
  while (!html().includes('one ')) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(html()).toContain('<p data-from="user_message">Question</p><p data-from="assistant_message">one </p>');
  expect(html()).toContain('<button type="button">Stop</button>');
  hook.say(delta('two'), done('one two'));
  hook.end();
  await sent;
  expect(html()).toContain('<p data-from="assistant_message">one two</p>');
  expect(html()).toContain('<button>Send</button>');
});
