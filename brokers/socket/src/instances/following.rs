//! Follows what is found: keeps a client for each instance.
use super::{member::Member, table::Table};
use crate::{Address, Discovery, SocketSettings, client::Client};
use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};
use tidings::Result;
use tokio::{sync::watch, task::JoinSet, time::sleep};

/// Pause before an instance that refuses, or is gone, is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// The instances that are found, for as long as anybody has them.
pub(super) fn follow(discovery: Arc<dyn Discovery>, settings: SocketSettings) -> Arc<Table> {
    let table = Arc::new(Table::new(settings));
    let task = tokio::spawn(keep_all(Arc::downgrade(&table), discovery));
    table.followed(task);
    table
}

/// Keeps a client for each instance that is found, and for each that is found no more as long as it is connected.
async fn keep_all(table: Weak<Table>, discovery: Arc<dyn Discovery>) {
    let mut known = discovery.instances();
    let mut listed: BTreeMap<Address, watch::Sender<bool>> = BTreeMap::new();
    let mut keeping = JoinSet::new();
    let mut is_over = false;
    loop {
        let found = known.borrow_and_update().clone();
        for (address, listed) in &listed {
            let is_listed = found.contains(address);
            listed.send_if_modified(|listed| std::mem::replace(listed, is_listed) != is_listed);
        }
        if let Some(table) = table.upgrade() {
            table.look();
        }
        for address in found {
            listed.entry(address.clone()).or_insert_with(|| {
                let (told, listed) = watch::channel(true);
                keeping.spawn(keep(table.clone(), address, listed));
                told
            });
        }
        tokio::select! {
            changed = known.changed(), if !is_over => is_over = changed.is_err(),
            Some(ended) = keeping.join_next() => if let Ok(address) = ended {
                listed.remove(&address);
            },
            else => return,
        }
    }
}

/// Has a client for an instance until that is found no more, and gives back where it was.
async fn keep(table: Weak<Table>, address: Address, mut listed: watch::Receiver<bool>) -> Address {
    while *listed.borrow_and_update() {
        let Some(settings) = table.upgrade().map(|table| table.settings().clone()) else {
            break;
        };
        let connected = tokio::select! {
            connected = Client::connect(address.clone(), settings) => connected,
            // Not found any more, or found again, before it was there.
            _ = listed.changed() => continue,
        };
        let served = match connected {
            Ok(client) => serve(&table, &address, client, &listed).await,
            Err(error) => Err(error),
        };
        if let (Err(error), Some(table)) = (served, table.upgrade()) {
            tracing::warn!(%address, %error, "an instance cannot be used");
            table.fail(error);
        }
        sleep(PAUSE).await;
    }
    address
}

/// Has a client among the members until its instance is gone.
async fn serve(
    table: &Weak<Table>,
    address: &Address,
    client: Client,
    listed: &watch::Receiver<bool>,
) -> Result<()> {
    let Some(number) = table.upgrade().map(|table| table.number()) else {
        return Ok(());
    };
    let member = Arc::new(Member::new(number, address, client, listed.clone()));
    let joined = match table.upgrade() {
        Some(table) => table.join(&member).await,
        None => Ok(()),
    };
    if joined.is_ok() {
        member.is_gone().await;
        tracing::info!(%address, "an instance is gone");
    }
    if let Some(table) = table.upgrade() {
        table.leave(number);
    }
    member.end();
    joined
}
