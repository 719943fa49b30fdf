-- The outbox and inbox of Tidings for SQLite, version 4.

-- What was committed and is not published yet. Deleted when the broker has confirmed it.
create table tidings_outbox (
    -- The order of publication. SQLite has one writer at a time, so that it is the order of commits too; never given twice.
    id integer primary key autoincrement,
    -- The address, and the rest of what is told of the channel, as JSON; null for a plain queue.
    channel text not null check (typeof(channel) = 'text'),
    channel_settings text,
    message_id text not null,
    name text,
    content_type text,
    reply_to text,
    correlation_id text,
    -- Messages of one key and channel are published in order.
    message_key blob,
    -- Milliseconds since 1970, UTC.
    created_ms integer,
    expires_ms integer,
    not_before_ms integer,
    -- A JSON array of pairs, [["name", "value"], ...]; a value that is no text is {"base64": "..."}.
    headers text,
    body blob not null
);

-- Each channel is read by itself, so that one that is behind, or whose broker is away, holds up no other.
create index tidings_outbox_channels on tidings_outbox (channel, id);

-- What can never be published, with the reason, until somebody replays or drops it.
create table tidings_outbox_parked (
    id integer primary key,
    channel text not null,
    channel_settings text,
    message_id text not null,
    name text,
    content_type text,
    reply_to text,
    correlation_id text,
    message_key blob,
    created_ms integer,
    expires_ms integer,
    not_before_ms integer,
    headers text,
    body blob not null,
    parked_ms integer not null,
    reason text not null
);

-- What each consumer has received, noted in the transaction of what it did about it, so that it does so once.
create table tidings_received (
    consumer text not null,
    message_id text not null,
    -- Milliseconds since 1970, UTC.
    received_ms integer not null,
    primary key (consumer, message_id)
) without rowid;
create index tidings_received_times on tidings_received (consumer, received_ms);

-- The version of these tables, which a relay checks.
create table tidings_outbox_version (version integer not null);
insert into tidings_outbox_version values (4);
