create table threads (
  owner text not null,
  id text not null,
  position bigint generated always as identity,
  data json not null,
  primary key (owner, id)
);
create index on threads (owner, position);

create table items (
  owner text not null,
  thread_id text not null,
  id text not null,
  position bigint generated always as identity,
  data json not null,
  primary key (owner, thread_id, id),
  foreign key (owner, thread_id) references threads on delete cascade
);
create index on items (owner, thread_id, position);

create table attachments (
  owner text not null,
  id text not null,
  thread_id text,
  data json not null,
  primary key (owner, id)
);
create index on attachments (owner, thread_id);
