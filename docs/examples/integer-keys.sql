create table users (
  id integer primary key
);

create table conversations (
  id integer generated always as identity primary key,
  user_id integer not null references users,
  chatkit_key text not null,
  data json not null,
  unique (user_id, chatkit_key)
);
create index on conversations (user_id, id);

create table messages (
  id integer generated always as identity primary key,
  conversation_id integer not null references conversations on delete cascade,
  chatkit_key text not null,
  data json not null,
  unique (conversation_id, chatkit_key)
);
create index on messages (conversation_id, id);

create table files (
  id integer generated always as identity primary key,
  user_id integer not null references users,
  chatkit_key text not null,
  conversation_key text,
  data json not null,
  unique (user_id, chatkit_key)
);
create index on files (user_id, conversation_key);
