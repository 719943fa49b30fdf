//! Groups of publish-subscribe channels, and what is old when a group comes.
use crate::{
    bench::{Bench, Outcome, unused},
    case::{Case, cases},
    check::{body, holds, same, same_set},
    needs::Need,
};
use tidings::{
    ChannelKind, ErrorKind,
    transport::{Ensure, Group, Start, Wanted},
};

cases! {
    groups_each_get_all: [Need::Groups],
    members_of_a_group_share: [Need::Groups, Need::Individual, Need::Sharing],
    a_group_collects_while_it_is_away: [Need::Groups, Need::Settled],
    groups_go_at_their_own_pace: [Need::Groups, Need::Settled],
    a_new_group_begins_with_now: [Need::Groups],
    a_new_group_can_have_what_is_old: [Need::Replay],
    replay_disturbs_no_other_group: [Need::Replay, Need::Settled],
    a_group_goes_on_where_it_was: [Need::Replay, Need::Settled],
    an_ensured_group_collects_at_once: [Need::Groups],
    publish_subscribe_without_group_fans_out: [Need::Topics],
    alone_begins_with_now: [Need::Topics],
    who_leaves_takes_nothing_from_others: [Need::Topics],
    ensure_tells_what_is_missing: [Need::Kept],
    ensure_again_changes_nothing: [],
    ensure_refuses_other_shards: [Need::Shards],
}

async fn groups_each_get_all(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let mut billing = bench.listen_as(&bench.spec_of(&topic, "billing")).await?;
    let mut shipping = bench.listen_as(&bench.spec_of(&topic, "shipping")).await?;
    bench.publish(&topic, &["a", "b"]).await?;
    same_set(billing.drain(2).await?, &["a", "b"])?;
    same_set(shipping.drain(2).await?, &["a", "b"])?;
    billing.silent().await
}

async fn members_of_a_group_share(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let spec = bench.spec_of(&topic, "billing").prefetch(1);
    let mut first = bench.listen_as(&spec).await?;
    let mut second = bench.listen_as(&spec).await?;
    bench.publish(&topic, &["a", "b"]).await?;
    let (one, other) = (first.one().await?, second.one().await?);
    same_set(vec![body(&one), body(&other)], &["a", "b"])
}

async fn a_group_collects_while_it_is_away(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let mut listener = bench.listen(&topic).await?;
    bench.publish(&topic, &["before"]).await?;
    listener.drain(1).await?;
    drop(listener);
    bench.publish(&topic, &["a", "b"]).await?;
    same_set(bench.listen(&topic).await?.drain(2).await?, &["a", "b"])
}

async fn groups_go_at_their_own_pace(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let slow = bench.spec_of(&topic, "slow").prefetch(8);
    let mut slow = bench.listen_as(&slow).await?;
    let mut quick = bench.listen_as(&bench.spec_of(&topic, "quick")).await?;
    let numbers: Vec<usize> = (0..50).collect();
    bench.publish(&topic, &numbers).await?;
    let held = slow.one().await?;
    same_set(quick.drain(50).await?, &numbers)?;
    slow.ack(&[held]).await?;
    same("of the slow one", &slow.drain(49).await?.len(), &49)
}

async fn a_new_group_begins_with_now(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    bench.publish(&topic, &["before"]).await?;
    let mut listener = bench.listen(&topic).await?;
    bench.publish(&topic, &["after"]).await?;
    same_set(listener.drain(1).await?, &["after"])?;
    listener.silent().await
}

async fn a_new_group_can_have_what_is_old(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    bench.publish(&topic, &["a", "b"]).await?;
    let spec = bench.spec(&topic).start(Start::Oldest);
    let mut listener = bench.listen_as(&spec).await?;
    bench.publish(&topic, &["c"]).await?;
    same_set(listener.drain(3).await?, &["a", "b", "c"])?;
    listener.silent().await
}

async fn replay_disturbs_no_other_group(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let mut former = bench.listen_as(&bench.spec_of(&topic, "former")).await?;
    bench.publish(&topic, &["a", "b"]).await?;
    former.drain(2).await?;
    let spec = bench.spec_of(&topic, "new").start(Start::Oldest);
    let mut new = bench.listen_as(&spec).await?;
    same_set(new.drain(2).await?, &["a", "b"])?;
    former.silent().await
}

/// Where a group begins is told once: afterwards it has a place of its own.
async fn a_group_goes_on_where_it_was(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    bench.publish(&topic, &["a", "b"]).await?;
    let spec = bench.spec(&topic).start(Start::Oldest);
    let mut listener = bench.listen_as(&spec).await?;
    listener.drain(2).await?;
    drop(listener);
    bench.publish(&topic, &["c"]).await?;
    let mut listener = bench.listen_as(&spec).await?;
    same_set(listener.drain(1).await?, &["c"])?;
    listener.silent().await
}

async fn an_ensured_group_collects_at_once(bench: Bench) -> Outcome {
    let topic = unused(ChannelKind::PublishSubscribe);
    let wanted = [Wanted::channel(topic.clone()).group(bench.readers())];
    bench.setup.receiver.ensure(&wanted, Ensure::Create).await?;
    bench.publish(&topic, &["a"]).await?;
    let spec = bench.spec(&topic);
    same_set(bench.listen_as(&spec).await?.drain(1).await?, &["a"])
}

async fn publish_subscribe_without_group_fans_out(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let spec = bench.spec(&topic).group(Group::Alone);
    let mut first = bench.listen_as(&spec).await?;
    let mut second = bench.listen_at(&*bench.setup.sender, &spec).await?;
    bench.publish(&topic, &["a", "b"]).await?;
    same_set(first.drain(2).await?, &["a", "b"])?;
    same_set(second.drain(2).await?, &["a", "b"])
}

async fn alone_begins_with_now(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let spec = bench.spec(&topic).group(Group::Alone);
    let mut first = bench.listen_as(&spec).await?;
    bench.publish(&topic, &["before"]).await?;
    same_set(first.drain(1).await?, &["before"])?;
    let mut second = bench.listen_as(&spec).await?;
    bench.publish(&topic, &["after"]).await?;
    same_set(second.drain(1).await?, &["after"])?;
    second.silent().await
}

async fn who_leaves_takes_nothing_from_others(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let spec = bench.spec(&topic).group(Group::Alone);
    let mut leaving = bench.listen_as(&spec).await?;
    let mut staying = bench.listen_as(&spec).await?;
    bench.publish(&topic, &["a"]).await?;
    leaving.one().await?;
    drop(leaving);
    bench.publish(&topic, &["b"]).await?;
    same_set(staying.drain(2).await?, &["a", "b"])?;
    staying.silent().await
}

async fn ensure_tells_what_is_missing(bench: Bench) -> Outcome {
    let mut wanted = Wanted::channel(unused(bench.kind()));
    if bench.kind() == ChannelKind::PublishSubscribe {
        wanted = wanted.group(bench.readers());
    }
    let wanted = [wanted];
    let missing = bench.setup.sender.ensure(&wanted, Ensure::Check).await;
    let kind = missing.err().map(|error| error.kind());
    same("what is missing", &kind, &Some(ErrorKind::NotFound))?;
    bench.setup.sender.ensure(&wanted, Ensure::Create).await?;
    Ok(bench.setup.receiver.ensure(&wanted, Ensure::Check).await?)
}

async fn ensure_again_changes_nothing(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a"]).await?;
    let wanted = [Wanted::channel(channel.clone())];
    bench.setup.sender.ensure(&wanted, Ensure::Create).await?;
    bench.setup.sender.ensure(&wanted, Ensure::Check).await?;
    same_set(listener.drain(1).await?, &["a"])
}

async fn ensure_refuses_other_shards(bench: Bench) -> Outcome {
    let channel = bench.fresh(bench.kind(), 2).await?;
    for how in [Ensure::Create, Ensure::Check] {
        let wanted = [Wanted::channel(channel.clone().with_shards(3))];
        let outcome = bench.setup.sender.ensure(&wanted, how).await;
        let kind = outcome.err().map(|error| error.kind());
        holds(
            kind == Some(ErrorKind::Conflict),
            "other shards are no conflict",
        )?;
    }
    Ok(())
}
