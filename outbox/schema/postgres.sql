-- The outbox and inbox of Tidings for PostgreSQL, version 4.

-- What was committed and is not published yet. Deleted when the broker has confirmed it.
create table tidings_outbox (
    -- The order of publication. One number after the other whoever writes (cache 1): numbers taken ahead by connections would turn
    -- the order of a key round, and a relay refuses to work with them.
    id bigint generated always as identity (cache 1),
    -- The address, and the rest of what is told of the channel, as JSON; null for a plain queue.
    channel text collate "C" not null,
    channel_settings text,
    message_id text not null,
    name text,
    content_type text,
    reply_to text,
    correlation_id text,
    -- Messages of one key and channel are published in order.
    message_key bytea,
    -- Milliseconds since 1970, UTC.
    created_ms bigint,
    expires_ms bigint,
    not_before_ms bigint,
    -- A JSON array of pairs, [["name", "value"], ...]; a value that is no text is {"base64": "..."}.
    headers text,
    body bytea not null,
    -- Each channel is read by itself, so that one that is behind, or whose broker is away, holds up no other.
    primary key (channel, id)
);

-- Rows come and go: dead ones are to be taken away long before a fifth of the table has changed.
alter table tidings_outbox set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- What can never be published, with the reason, until somebody replays or drops it.
create table tidings_outbox_parked (
    id bigint primary key,
    channel text collate "C" not null,
    channel_settings text,
    message_id text not null,
    name text,
    content_type text,
    reply_to text,
    correlation_id text,
    message_key bytea,
    created_ms bigint,
    expires_ms bigint,
    not_before_ms bigint,
    headers text,
    body bytea not null,
    parked_ms bigint not null,
    reason text not null
);

-- Whether a relay waits for messages: only then are writers to tell it, since telling makes their commits take turns.
-- One row, with a key, without which it could not be updated where a publication tells of all tables.
create table tidings_outbox_relay (
    one boolean primary key default true check (one),
    waits boolean not null,
    -- The replication slot that a relay has made, which it may drop.
    slot text
);
insert into tidings_outbox_relay (waits) values (false);

-- It looks into this schema, whatever the writer's `search_path` is.
create function tidings_outbox_tell() returns trigger language plpgsql set search_path from current as $$
begin
    if (select waits from tidings_outbox_relay limit 1) then
        perform pg_notify('tidings_outbox', '');
    end if;
    return null;
end
$$;
create trigger tidings_outbox_told after insert on tidings_outbox for each statement execute function tidings_outbox_tell();

-- What each consumer has received, noted in the transaction of what it did about it, so that it does so once.
create table tidings_received (
    consumer text not null,
    message_id text not null,
    -- Milliseconds since 1970, UTC.
    received_ms bigint not null,
    primary key (consumer, message_id)
);
create index tidings_received_times on tidings_received (consumer, received_ms);

-- The version of these tables, which a relay checks.
create table tidings_outbox_version (version integer not null);
insert into tidings_outbox_version values (4);
