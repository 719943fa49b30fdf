-- The outbox and inbox of Tidings for MySQL and MariaDB, version 4.

-- What was committed and is not published yet. Deleted when the broker has confirmed it.
create table tidings_outbox (
    -- The order of publication, given when a row is written, one number after the other whoever writes. Where servers of a cluster
    -- take numbers of their own (auto_increment_increment), let all that writes and reads this table use one of them.
    id bigint not null auto_increment primary key,
    -- The address, and the rest of what is told of the channel, as JSON; null for a plain queue.
    channel varchar(512) not null,
    channel_settings longtext,
    message_id longtext not null,
    name longtext,
    content_type longtext,
    reply_to longtext,
    correlation_id longtext,
    -- Messages of one key and channel are published in order.
    message_key longblob,
    -- Milliseconds since 1970, UTC.
    created_ms bigint,
    expires_ms bigint,
    not_before_ms bigint,
    -- A JSON array of pairs, [["name", "value"], ...]; a value that is no text is {"base64": "..."}.
    headers longtext,
    body longblob not null,
    -- Each channel is read by itself, so that one that is behind, or whose broker is away, holds up no other.
    index tidings_outbox_channels (channel, id)
    -- Only this engine has transactions everywhere, and other formats of rows have no room for that index; upper and lower case are
    -- told apart, as brokers do.
) engine = InnoDB row_format = dynamic default charset = utf8mb4 collate = utf8mb4_bin;

-- What can never be published, with the reason, until somebody replays or drops it.
create table tidings_outbox_parked (
    id bigint not null primary key,
    channel varchar(512) not null,
    channel_settings longtext,
    message_id longtext not null,
    name longtext,
    content_type longtext,
    reply_to longtext,
    correlation_id longtext,
    message_key longblob,
    created_ms bigint,
    expires_ms bigint,
    not_before_ms bigint,
    headers longtext,
    body longblob not null,
    parked_ms bigint not null,
    reason longtext not null
) engine = InnoDB row_format = dynamic default charset = utf8mb4 collate = utf8mb4_bin;

-- What each consumer has received, noted in the transaction of what it did about it, so that it does so once. Bytes rather than
-- texts, which would be equal where only blanks at their ends differ.
create table tidings_received (
    consumer varbinary(255) not null,
    message_id varbinary(1024) not null,
    -- Milliseconds since 1970, UTC.
    received_ms bigint not null,
    -- False while something is done about it: a statement that commits by itself, such as `truncate`, may leave it so, and then the
    -- message is handled again.
    is_done boolean not null default true,
    primary key (consumer, message_id),
    index tidings_received_times (consumer, received_ms)
) engine = InnoDB row_format = dynamic;

-- The version of these tables, which a relay checks.
create table tidings_outbox_version (version integer not null primary key) engine = InnoDB;
insert into tidings_outbox_version values (4);
